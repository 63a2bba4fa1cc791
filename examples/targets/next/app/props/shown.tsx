"use client";

export function Shown({ value }: { readonly value: unknown }) {
  return <p>{`value ${JSON.stringify(value)}`}</p>;
}
