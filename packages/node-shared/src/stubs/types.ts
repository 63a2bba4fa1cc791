/** What a type of TypeScript is to Python. */
import type { TSType, TSTypeName, TSTypeParameterInstantiation } from "oxc-parser";

/** The types that the module itself declares, and those of its names that hide a builtin of Python's. */
export interface Names {
  readonly types: ReadonlySet<string>;
  readonly all: ReadonlySet<string>;
}

export const ANY = "_t.Any";

// What a generic type of JS is, by name, with so many of its arguments.
const generics: Readonly<Record<string, readonly [python: string, count: number]>> = {
  Promise: ["_abc.Awaitable", 1],
  PromiseLike: ["_abc.Awaitable", 1],
  Array: ["_abc.Sequence", 1],
  ReadonlyArray: ["_abc.Sequence", 1],
  Iterable: ["_abc.Iterable", 1],
  Iterator: ["_abc.Iterator", 1],
  IterableIterator: ["_abc.Iterator", 1],
  IteratorObject: ["_abc.Iterator", 1],
  Generator: ["_abc.Iterator", 1],
  Set: ["_abc.Collection", 1],
  ReadonlySet: ["_abc.Collection", 1],
  AsyncIterable: ["_abc.AsyncIterable", 1],
  AsyncIterator: ["_abc.AsyncIterator", 1],
  AsyncIterableIterator: ["_abc.AsyncIterator", 1],
  AsyncGenerator: ["_abc.AsyncIterator", 1],
  ReadableStream: ["_abc.AsyncIterable", 1],
  Map: ["_abc.Mapping", 2],
  ReadonlyMap: ["_abc.Mapping", 2],
  Record: ["_abc.Mapping", 2],
};

const keywords: Readonly<Record<string, string>> = {
  TSStringKeyword: "str",
  TSNumberKeyword: "float",
  TSBooleanKeyword: "bool",
  TSBigIntKeyword: "int",
};

const nothing = new Set(["TSNullKeyword", "TSUndefinedKeyword", "TSVoidKeyword"]);

/** A builtin of Python, whatever the module exports under its name. */
export function builtin(name: string, { all }: Names): string {
  return all.has(name) ? `_b.${name}` : name;
}

/** The annotation for a type; `Any` for what has no counterpart. */
export function annotation(type: TSType | undefined, names: Names): string {
  if (type === undefined) return ANY;
  if (nothing.has(type.type)) return "None";
  const keyword = keywords[type.type];
  if (keyword !== undefined) return builtin(keyword, names);
  switch (type.type) {
    case "TSNeverKeyword":
      return "_t.NoReturn";
    case "TSArrayType":
      return `_abc.Sequence[${annotation(type.elementType, names)}]`;
    case "TSTupleType":
      return `_abc.Sequence[${ANY}]`;
    case "TSUnionType":
      return unionOf(type.types.map((each) => annotation(each, names)));
    case "TSParenthesizedType":
      return annotation(type.typeAnnotation, names);
    case "TSTypeOperator":
      return type.operator === "readonly" ? annotation(type.typeAnnotation, names) : ANY;
    case "TSLiteralType":
      return literalType(type.literal, names);
    case "TSTemplateLiteralType":
      return builtin("str", names);
    case "TSFunctionType":
      return functionType(type.params, type.returnType.typeAnnotation, names);
    case "TSTypeReference":
      return referenceType(type.typeName, type.typeArguments, names);
    default:
      return ANY;
  }
}

function unionOf(members: readonly string[]): string {
  if (members.includes(ANY)) return ANY;
  const distinct = [...new Set(members)];
  // None comes last, as Python is written.
  return [...distinct.filter((member) => member !== "None"), ...distinct.filter((member) => member === "None")].join(" | ");
}

function literalType(literal: { readonly type: string; readonly value?: unknown }, names: Names): string {
  const { type, value } = literal;
  if (type !== "Literal") return type === "TemplateLiteral" ? builtin("str", names) : ANY;
  if (typeof value === "string") return `_t.Literal[${JSON.stringify(value)}]`;
  if (typeof value === "boolean") return `_t.Literal[${value ? "True" : "False"}]`;
  if (typeof value === "number") return Number.isSafeInteger(value) ? `_t.Literal[${value}]` : builtin("float", names);
  return typeof value === "bigint" ? builtin("int", names) : ANY;
}

function functionType(
  params: readonly { readonly type: string; readonly typeAnnotation?: { readonly typeAnnotation: TSType } | null }[],
  result: TSType,
  names: Names,
): string {
  const plain = params.every(({ type, ...rest }) => type === "Identifier" && (rest as { optional?: boolean }).optional !== true);
  const list = plain ? `[${params.map(({ typeAnnotation }) => annotation(typeAnnotation?.typeAnnotation, names)).join(", ")}]` : "...";
  return `_abc.Callable[${list}, ${annotation(result, names)}]`;
}

function referenceType(name: TSTypeName, given: TSTypeParameterInstantiation | null | undefined, names: Names): string {
  if (name.type !== "Identifier") return ANY;
  const args = given?.params ?? [];
  if (names.types.has(name.name)) return name.name;
  if (name.name === "Readonly" || name.name === "Awaited") return annotation(args[0], names);
  const [python, count] = generics[name.name] ?? [ANY, 0];
  return count === 0 ? python : `${python}[${Array.from({ length: count }, (_, index) => annotation(args[index], names)).join(", ")}]`;
}
