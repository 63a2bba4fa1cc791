// A ZIP archive of the Python package, which is appended to the published addon: Python imports from a file that ends with an archive, so a program that has the addon alone has the package too.
// Nothing in it is compressed, as Python would need zlib for that.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

function crc32(data) {
  let value = 0xffffffff;
  for (const byte of data) value = table[(value ^ byte) & 0xff] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

const fields = (...pairs) => {
  const buffer = Buffer.alloc(pairs.reduce((sum, [size]) => sum + size, 0));
  let offset = 0;
  for (const [size, value] of pairs) {
    buffer.writeUIntLE(value, offset, size);
    offset += size;
  }
  return buffer;
};

// The first of January 1980: builds of the same sources are equal.
const DATE = 0x21;

/** The archive of the package `interloop` in `folder`. The format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT */
export function pythonArchive(folder) {
  const names = readdirSync(join(folder, "interloop"), { recursive: true }).filter((name) => name.endsWith(".py"));
  const files = [];
  const directory = [];
  let offset = 0;
  for (const name of names.toSorted((a, b) => (a < b ? -1 : 1))) {
    const data = readFileSync(join(folder, "interloop", name));
    const path = Buffer.from(`interloop/${name}`);
    const common = [
      [2, 20],
      [2, 0],
      [2, 0],
      [2, 0],
      [2, DATE],
      [4, crc32(data)],
      [4, data.length],
      [4, data.length],
      [2, path.length],
      [2, 0],
    ];
    directory.push(fields([4, 0x02014b50], [2, 20], ...common, [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]), path);
    const local = [fields([4, 0x04034b50], ...common), path, data];
    files.push(...local);
    offset += local.reduce((sum, part) => sum + part.length, 0);
  }
  const central = Buffer.concat(directory);
  const end = fields([4, 0x06054b50], [2, 0], [2, 0], [2, names.length], [2, names.length], [4, central.length], [4, offset], [2, 0]);
  return Buffer.concat([...files, central, end]);
}
