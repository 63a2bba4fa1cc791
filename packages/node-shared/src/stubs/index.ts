/** Stubs of Python for modules of TypeScript and JavaScript: what a type checker and an editor know of them. */
import type { Class, ClassElement, Comment, Declaration, Expression, MethodDefinition, ParamPattern, Program, Statement, TSSignature } from "oxc-parser";
import { textOf } from "../module-docs.ts";
import { functionLines } from "./functions.ts";
import type { Role } from "./functions.ts";
import { isName } from "./names.ts";
import { ANY, annotation, builtin } from "./types.ts";
import type { Names } from "./types.ts";

/** A module as the parser gives it. */
export interface Source {
  readonly text: string;
  readonly program: Program;
  readonly comments: readonly Comment[];
}

// Type checkers bring typing_extensions themselves; before Python 3.10 typing has no TypeAlias.
const HEAD = "import builtins as _b\nimport collections.abc as _abc\nimport typing as _t\nimport typing_extensions as _te\n";

/** The text of a module's stub. */
export function stubOf(source: Source): string {
  const { body } = source.program;
  const declared = body.flatMap((statement) => declarationsIn(statement));
  const types = declared.filter(({ type }) => type === "ClassDeclaration" || type.startsWith("TSInterface") || type.startsWith("TSTypeAlias"));
  const names: Names = { types: new Set(types.flatMap(namesOf)), all: new Set(declared.flatMap(namesOf)) };
  const writer = new Writer(source, names);
  for (const statement of body) writer.statement(statement);
  return writer.text();
}

function declarationsIn(statement: Statement): Declaration[] {
  if (statement.type === "ExportNamedDeclaration") return statement.declaration === null ? [] : [statement.declaration];
  const isDeclaration = statement.type.endsWith("Declaration") && !/^(Import|Export)/.test(statement.type);
  return isDeclaration ? [statement as Declaration] : [];
}

function namesOf(declaration: Declaration): string[] {
  if (declaration.type === "VariableDeclaration") return declaration.declarations.flatMap(({ id }) => (id.type === "Identifier" ? [id.name] : []));
  return "id" in declaration && declaration.id?.type === "Identifier" ? [declaration.id.name] : [];
}

class Writer {
  readonly #source: Source;
  readonly #names: Names;
  readonly #parts: string[][] = [];
  // Something is exported that only another module knows.
  #more = false;

  constructor(source: Source, names: Names) {
    this.#source = source;
    this.#names = names;
  }

  text(): string {
    const own = this.#docOfModule();
    const rest = this.#more ? [[`def __getattr__(name: ${builtin("str", this.#names)}) -> ${ANY}: ...`]] : [];
    const parts = [...this.#parts, ...rest].map((lines) => `${lines.join("\n")}\n`);
    return `${own.length === 0 ? "" : `${own.join("\n")}\n\n`}${HEAD}\n${parts.join("\n")}`;
  }

  statement(statement: Statement): void {
    const doc = this.#docBefore(statement.start);
    switch (statement.type) {
      case "ExportAllDeclaration":
        this.#more = true;
        break;
      case "ExportDefaultDeclaration":
        this.#default(statement.declaration, doc);
        break;
      case "ExportNamedDeclaration":
        if (statement.declaration !== null) this.#declaration(statement.declaration, doc);
        else if (statement.specifiers.length > 0) this.#more = true;
        break;
      default:
        // A type that others name; what else is not exported Python does not see.
        if (/^TS(Interface|TypeAlias)Declaration$/.test(statement.type)) this.#declaration(statement as Declaration, doc);
        else if (statement.type === "ClassDeclaration") this.#declaration(statement, doc);
    }
  }

  #default(declaration: { readonly type: string }, doc: readonly string[]): void {
    if (declaration.type === "FunctionDeclaration" || declaration.type === "ArrowFunctionExpression")
      this.#parts.push(functionLines("default", declaration as never, this.#names, doc));
    else if (declaration.type === "ClassDeclaration") this.#parts.push(this.#class("default", declaration as Class, doc));
    else this.#parts.push([`default: ${ANY}`]);
  }

  #declaration(declaration: Declaration, doc: readonly string[]): void {
    const [name] = namesOf(declaration);
    switch (declaration.type) {
      case "VariableDeclaration":
        for (const { id, init } of declaration.declarations)
          if (id.type !== "Identifier") this.#more = true;
          else if (isName(id.name)) this.#parts.push(this.#variable(id.name, id.typeAnnotation?.typeAnnotation, init, doc));
        return;
      case "FunctionDeclaration":
      case "TSDeclareFunction":
        if (name !== undefined && isName(name)) this.#function(name, declaration, doc);
        return;
      case "ClassDeclaration":
        if (name !== undefined && isName(name)) this.#parts.push(this.#class(name, declaration, doc));
        return;
      case "TSInterfaceDeclaration":
        if (name !== undefined && isName(name)) this.#parts.push(this.#protocol(name, declaration.body.body, doc));
        return;
      case "TSTypeAliasDeclaration":
        if (name === undefined || !isName(name)) return;
        if (declaration.typeAnnotation.type === "TSTypeLiteral") this.#parts.push(this.#protocol(name, declaration.typeAnnotation.members, doc));
        else this.#parts.push([`${name}: _te.TypeAlias = ${annotation(declaration.typeAnnotation, this.#names)}`]);
        return;
      default:
        if (name !== undefined && isName(name)) this.#parts.push([`${name}: ${ANY}`]);
    }
  }

  #overloaded = new Map<string, number>();

  /** Of several declarations of one function the last says most: it has the body. */
  #function(name: string, fn: Parameters<typeof functionLines>[1], doc: readonly string[]): void {
    const lines = functionLines(name, fn, this.#names, doc);
    const before = this.#overloaded.get(name);
    if (before === undefined) this.#overloaded.set(name, this.#parts.push(lines) - 1);
    else this.#parts[before] = lines;
  }

  #variable(name: string, type: Parameters<typeof annotation>[0], init: Expression | null, doc: readonly string[]): string[] {
    const isFunction = init?.type === "ArrowFunctionExpression" || init?.type === "FunctionExpression";
    if (type === undefined && isFunction) return functionLines(name, init, this.#names, doc);
    return [`${name}: ${type === undefined ? literal(init, this.#names) : annotation(type, this.#names)}`, ...doc];
  }

  #class(name: string, { superClass, body }: Class, doc: readonly string[]): string[] {
    const base = superClass?.type === "Identifier" && this.#names.types.has(superClass.name) ? `(${superClass.name})` : superClass === null ? "" : `(${ANY})`;
    return block(
      `class ${name}${base}:`,
      doc,
      body.body.flatMap((element) => this.#element(element)),
    );
  }

  #element(element: ClassElement): string[] {
    if (!("key" in element) || element.computed || element.key.type !== "Identifier" || isHidden(element)) return [];
    const doc = this.#docBefore(element.start);
    if ("kind" in element) return this.#method(element.key.name, element, doc);
    if (!isName(element.key.name)) return [];
    const type = element.typeAnnotation?.typeAnnotation;
    const text = type === undefined ? literal(element.value, this.#names) : annotation(type, this.#names);
    return [`${element.key.name}: ${element.static ? `_t.ClassVar[${text}]` : text}`, ...doc];
  }

  #method(key: string, method: MethodDefinition, doc: readonly string[]): string[] {
    const { kind, value } = method;
    const name = kind === "constructor" ? "__init__" : key;
    // What a setter takes its getter tells; those of the class itself are few.
    if (kind === "set" || (kind === "get" && method.static) || !isName(name)) return [];
    const role: Role = kind === "get" ? "getter" : kind === "constructor" ? kind : method.static ? "static" : "method";
    return [...this.#properties(value.params), ...functionLines(name, value, this.#names, doc, role)];
  }

  /** Those that a constructor declares among its parameters. */
  #properties(params: readonly ParamPattern[]): string[] {
    return params.flatMap((param) => {
      if (param.type !== "TSParameterProperty" || isHidden(param)) return [];
      const target = param.parameter.type === "AssignmentPattern" ? param.parameter.left : param.parameter;
      return target.type === "Identifier" ? [`${target.name}: ${annotation(target.typeAnnotation?.typeAnnotation, this.#names)}`] : [];
    });
  }

  /** An object with these properties, of whichever language. */
  #protocol(name: string, members: readonly TSSignature[], doc: readonly string[]): string[] {
    const lines = members.flatMap((member) => {
      if ((member.type !== "TSPropertySignature" && member.type !== "TSMethodSignature") || member.key.type !== "Identifier" || !isName(member.key.name))
        return [];
      const own = this.#docBefore(member.start);
      if (member.type === "TSMethodSignature")
        return functionLines(member.key.name, { async: false, params: member.params, returnType: member.returnType }, this.#names, own, "method");
      const text = annotation(member.typeAnnotation?.typeAnnotation, this.#names);
      const type = member.optional && text !== ANY ? `${text} | None` : text;
      return ["@property", ...block(`def ${member.key.name}(self) -> ${type}:`, own, [])];
    });
    return block(`class ${name}(_t.Protocol):`, doc, lines);
  }

  /** The comment that ends where something begins, as a docstring. */
  #docBefore(start: number): string[] {
    const { comments, text } = this.#source;
    const comment = comments.findLast(({ end }) => end <= start);
    const isDoc = comment?.type === "Block" && comment.value.startsWith("*") && text.slice(comment.end, start).trim() === "";
    return isDoc ? docstring(textOf(comment.value.slice(1))) : [];
  }

  #docOfModule(): string[] {
    const [first] = this.#source.comments;
    const isFirst = first?.type === "Block" && first.value.startsWith("*") && this.#source.text.slice(0, first.start).trim() === "";
    const [next] = this.#source.program.body;
    const isOfNext = next !== undefined && next.type !== "ImportDeclaration" && this.#source.text.slice(first?.end, next.start).trim() === "";
    return isFirst && !isOfNext ? docstring(textOf(first.value.slice(1))) : [];
  }
}

function isHidden({ accessibility }: { readonly accessibility?: string | null }): boolean {
  return accessibility === "private" || accessibility === "protected";
}

function literal(init: Expression | null, names: Names): string {
  if (init?.type === "TemplateLiteral") return builtin("str", names);
  if (init?.type !== "Literal") return ANY;
  const { value } = init;
  if (typeof value === "number") return builtin(Number.isSafeInteger(value) ? "int" : "float", names);
  const python = { string: "str", boolean: "bool", bigint: "int" }[typeof value as "string"];
  return python === undefined ? ANY : builtin(python, names);
}

function block(head: string, doc: readonly string[], lines: readonly string[]): string[] {
  const inner = [...doc, ...lines];
  return inner.length === 0 ? [`${head} ...`] : [head, ...inner.map((line) => (line === "" ? "" : `    ${line}`))];
}

function docstring(text: string): string[] {
  if (text === "") return [];
  const escaped = text.replaceAll("\\", "\\\\").replaceAll('"""', '\\"\\"\\"').replace(/"$/, '\\"');
  const lines = escaped.split("\n");
  return lines.length === 1 ? [`"""${escaped}"""`] : [...`"""${escaped}`.split("\n"), '"""'];
}
