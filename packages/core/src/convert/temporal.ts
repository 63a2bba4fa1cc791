/** The classes of `Temporal`, which not every runtime has, and their texts. */
import { InterloopError } from "../errors.ts";

interface TemporalClass {
  from(text: string): unknown;
}

interface Zoned {
  toZonedDateTimeISO(zone: string): unknown;
  toInstant(): unknown;
  readonly timeZoneId: string;
}

/** What `_to_py.py` needs to know of an object of Temporal. */
export interface TemporalText {
  readonly name: string;
  readonly text: string;
  /** The zone's name, or "" where there is none. */
  readonly zone: string;
}

const NAMES: ReadonlySet<string> = new Set(["Instant", "ZonedDateTime", "PlainDateTime", "PlainDate", "PlainTime", "Duration"]);

/** Make an object of Temporal; `zone` is that of a ZonedDateTime, whose text names the instant. */
export function temporalFrom(name: string, text: string, zone: string): unknown {
  const { Temporal } = globalThis as unknown as { Temporal?: Readonly<Record<string, TemporalClass>> };
  if (Temporal === undefined) {
    throw new InterloopError("bad-argument", 'The option datetime: "temporal" needs Temporal, which this runtime does not have; choose "date" or "iso"');
  }
  return zone === "" ? Temporal[name]!.from(text) : (Temporal["Instant"]!.from(text) as Zoned).toZonedDateTimeISO(zone);
}

/** The text of an object of Temporal that Python has a counterpart of; undefined for anything else. */
export function temporalText(value: object): TemporalText | undefined {
  const tag = Object.prototype.toString.call(value);
  const name = tag.startsWith("[object Temporal.") ? tag.slice(17, -1) : "";
  if (!NAMES.has(name)) return undefined;
  if (name === "Duration") return { name, text: microsecondsOf(value as Fields), zone: "" };
  if (name === "PlainDate") return { name, text: String(value), zone: "" };
  const zone = name === "Instant" ? "UTC" : name === "ZonedDateTime" ? (value as Zoned).timeZoneId : "";
  return { name, text: inMicroseconds(name === "ZonedDateTime" ? (value as Zoned).toInstant() : value), zone };
}

type Fields = Readonly<Record<string, number>>;

const MICROSECONDS: Readonly<Record<string, bigint>> = {
  weeks: 604_800_000_000n,
  days: 86_400_000_000n,
  hours: 3_600_000_000n,
  minutes: 60_000_000n,
  seconds: 1_000_000n,
  milliseconds: 1000n,
  microseconds: 1n,
};

function microsecondsOf(duration: Fields): string {
  if (duration["years"] !== 0 || duration["months"] !== 0) {
    throw new InterloopError("not-convertible", "A Duration of years or months has no fixed length, so Python has no timedelta for it; round it to days first");
  }
  const nanoseconds = BigInt(duration["nanoseconds"]!);
  if (nanoseconds % 1000n !== 0n) throw tooFine();
  const total = Object.entries(MICROSECONDS).reduce((sum, [field, length]) => sum + BigInt(duration[field]!) * length, nanoseconds / 1000n);
  return String(total);
}

/** The text with six digits behind the point, as every Python reads it. */
function inMicroseconds(value: unknown): string {
  const text = (value as { toString(options: object): string }).toString({ fractionalSecondDigits: 9, calendarName: "never" });
  const [, kept, nanos, utc] = /^(.*\.\d{6})(\d{3})(Z?)$/.exec(text)!;
  if (nanos !== "000") throw tooFine();
  return `${kept}${utc === "" ? "" : "+00:00"}`;
}

function tooFine(): InterloopError {
  return new InterloopError("not-convertible", "Python's times have microseconds and no nanoseconds; round this one to microseconds first");
}
