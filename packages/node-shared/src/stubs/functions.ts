/** Functions and methods of JavaScript as lines of a stub. */
import type { ArrowFunctionExpression, Function as FunctionNode, ParamPattern, TSSignature, TSType } from "oxc-parser";
import { isName } from "./names.ts";
import { ANY, annotation } from "./types.ts";
import type { Names } from "./types.ts";

type Callable = Pick<FunctionNode | ArrowFunctionExpression, "async" | "params" | "returnType"> & { readonly generator?: boolean };

/** How it stands in its class; undefined for a function of the module. */
export type Role = "method" | "static" | "getter" | "constructor" | undefined;

/** The signature and the body, which is the docstring or nothing. */
export function functionLines(name: string, fn: Callable, names: Names, doc: readonly string[], role?: Role): string[] {
  const decorator = role === "static" ? ["@staticmethod"] : role === "getter" ? ["@property"] : [];
  const result = resultOf(fn, names, role);
  const head = `${result.isCoroutine ? "async " : ""}def ${name}(${parametersOf(fn.params, names, role)}) -> ${result.annotation}:`;
  return doc.length === 0 ? [...decorator, `${head} ...`] : [...decorator, head, ...doc.map((line) => (line === "" ? "" : `    ${line}`))];
}

function resultOf({ async, generator, returnType }: Callable, names: Names, role: Role): { readonly isCoroutine: boolean; readonly annotation: string } {
  if (role === "constructor") return { isCoroutine: false, annotation: "None" };
  const type = returnType?.typeAnnotation;
  // What a method returns is a promise of JavaScript.
  const isCoroutine = async && generator !== true && role === undefined;
  return { isCoroutine, annotation: annotation(isCoroutine ? promised(type) : predicate(type), names) };
}

function promised(type: TSType | undefined): TSType | undefined {
  const isPromise = type?.type === "TSTypeReference" && type.typeName.type === "Identifier" && type.typeName.name === "Promise";
  return isPromise ? type.typeArguments?.params[0] : undefined;
}

function predicate(type: TSType | undefined): TSType | undefined {
  return type?.type === "TSTypePredicate" ? ({ ...type, type: "TSBooleanKeyword" } as unknown as TSType) : type;
}

/** By position only, but for the names of a last parameter that is taken apart: those are Python's keywords. */
function parametersOf(params: readonly ParamPattern[], names: Names, role: Role): string {
  const positional = role === "static" || role === undefined ? [] : ["self"];
  const after: string[] = [];
  // Python takes none without a default after one that has it.
  let optional = false;
  for (const [index, param] of params.entries()) {
    const taken = namesTaken(param, index === params.length - 1, names);
    if (taken !== undefined) for (const name of ["*", ...taken]) after.push(name);
    else if (param.type === "RestElement") after.push(`*${nameOf(param.argument, index)}: ${restOf(param.typeAnnotation?.typeAnnotation, names)}`);
    else {
      const pattern = param.type === "TSParameterProperty" ? param.parameter : param;
      const target = pattern.type === "AssignmentPattern" ? pattern.left : pattern;
      optional ||= pattern.type === "AssignmentPattern" || ("optional" in target && (target.optional as boolean));
      const type = target.typeAnnotation?.typeAnnotation;
      positional.push(
        `${nameOf(target, index)}: ${type === undefined && pattern.type === "AssignmentPattern" ? ANY : annotation(type, names)}${optional ? " = ..." : ""}`,
      );
    }
  }
  return [...positional, ...(positional.some((each) => each !== "self") ? ["/"] : []), ...after].join(", ");
}

function nameOf(pattern: { readonly type: string; readonly name?: unknown }, index: number): string {
  return pattern.type === "Identifier" && isName(String(pattern.name)) ? String(pattern.name) : `_${index}`;
}

function restOf(type: TSType | undefined, names: Names): string {
  return type?.type === "TSArrayType" ? annotation(type.elementType, names) : ANY;
}

function namesTaken(param: ParamPattern, isLast: boolean, names: Names): string[] | undefined {
  const isWhole = param.type === "AssignmentPattern";
  const pattern = isWhole ? param.left : param;
  const type = pattern.type === "ObjectPattern" ? pattern.typeAnnotation?.typeAnnotation : undefined;
  if (!isLast || type?.type !== "TSTypeLiteral") return undefined;
  const list = type.members.flatMap((member) => keywordOf(member, isWhole, names));
  return list.length > 0 ? list : undefined;
}

function keywordOf(member: TSSignature, isWhole: boolean, names: Names): string[] {
  if (member.type !== "TSPropertySignature" || member.key.type !== "Identifier" || !isName(member.key.name)) return [];
  return [`${member.key.name}: ${annotation(member.typeAnnotation?.typeAnnotation, names)}${member.optional || isWhole ? " = ..." : ""}`];
}
