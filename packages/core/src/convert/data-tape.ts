/** The tape that plain data is written on: codes, their numbers, and one text (native `data_tape.h`, whose codes these are). */
import { InterloopError } from "../errors.ts";

export const Code = {
  none: 0,
  true: 1,
  false: 2,
  number: 3,
  text: 4,
  bigint: 5,
  list: 6,
  tuple: 7,
  numbers: 8,
  shape: 9,
  dict: 10,
  map: 11,
  set: 12,
  seen: 13,
  object: 14,
  jsObject: 15,
  date: 16,
  jsShape: 17,
  jsDict: 18,
} as const;

/** The numbers before those of the codes: how many there are of what. */
const HEADER: number = 8;
/** So many numbers need 1 GiB. */
const MOST = 1 << 27;

/** What has been written, and room for more. */
export class Tape {
  codes: Uint8Array;
  numbers: Float64Array;
  text: string = "";
  /** Where the next code goes. */
  code: number = 0;
  /** Where the next number goes. */
  number: number = HEADER;

  constructor(codes: Uint8Array, numbers: Float64Array) {
    this.codes = codes;
    this.numbers = numbers;
  }

  /** A code with one number. */
  put(code: number, operand: number): void {
    if (this.code === this.codes.length) this.growCodes();
    if (this.number === this.numbers.length) this.growNumbers(1);
    this.codes[this.code++] = code;
    this.numbers[this.number++] = operand;
  }

  growCodes(): void {
    const larger = new Uint8Array(this.codes.length * 2);
    larger.set(this.codes);
    this.codes = larger;
  }

  growNumbers(more: number): void {
    if (this.number + more > MOST) {
      throw new InterloopError(
        "not-convertible",
        `The data has more than ${MOST} values, which is too much to copy; python.ref() hands over the object itself`,
      );
    }
    const larger = new Float64Array(Math.max(this.numbers.length * 2, this.number + more));
    larger.set(this.numbers);
    this.numbers = larger;
  }
}
