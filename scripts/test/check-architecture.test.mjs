import { expect, test } from "vitest";
import { unnamedFiles } from "../check-architecture.mjs";

test("a file is named as code, with its ending or without", () => {
  const text = "`guest` and `task_driver.cc`, `await/` has `into-promise.ts`; errors is no code";
  const paths = [
    "native/src/loop/guest.h",
    "native/src/await/task_driver.cc",
    "packages/core/src/await/into-promise.ts",
    "native/src/values/errors.cc",
    "native/python/interloop/__init__.py",
  ];
  expect(unnamedFiles(paths, text)).toEqual(["native/src/values/errors.cc"]);
});
