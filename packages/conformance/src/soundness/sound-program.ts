/** A program, and what it prints. It sees the adapter's exports as `api`. */
export interface SoundProgram {
  readonly name: string;
  readonly source: string;
  readonly prints: string;
  /** The runtimes that cannot do it, and why. */
  readonly missing?: Readonly<Record<string, string>>;
}
