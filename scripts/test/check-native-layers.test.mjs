import { expect, test } from "vitest";
import { checkNativeLayers } from "../check-native-layers.mjs";

const check = (path, text, allowed = []) => checkNativeLayers(new Map([[path, text]]), new Set(allowed));

test("a file includes from its own folder and from those below", () => {
  expect(check("await/task_driver.cc", '#include "await/task_driver.h"\n#include "values/errors.h"\n#include <vector>\n')).toEqual([]);
});

test("an include that goes up is named, unless it is listed", () => {
  const text = '#include "remote/remote_loop.h"\n';
  expect(check("await/task_driver.cc", text)).toEqual([expect.stringContaining('must not include back up into "remote"')]);
  expect(check("await/task_driver.cc", text, ["await/task_driver.cc -> remote/remote_loop.h"])).toEqual([]);
});

test("what is listed and gone, and what is in no folder, is named", () => {
  expect(check("await/task_driver.cc", "", ["await/task_driver.cc -> remote/remote_loop.h"])).toEqual([expect.stringContaining("is gone")]);
  expect(check("await/task_driver.cc", '#include "errors.h"\n')).toEqual([expect.stringContaining("name the folder")]);
  expect(check("errors.cc", "")).toEqual([expect.stringContaining("in no folder")]);
});
