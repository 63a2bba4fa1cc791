/**
 * Ids that name something in the other language, or that are kept across a turn: of a conversion in flight, and of a JS value that Python holds.
 *
 * An id is a slot of a table and the generation of that slot, packed into one number: `slot + generation * STRIDE`. A slot is used again, an id never is. So whoever looks something up by an id that
 * has ended finds nothing, and not what came to the same slot later. The addon takes ids apart in the same way (`ids.h`), and its Refs are packed like that as well (`ref_table.h`).
 */

/** What the next generation of a slot adds to its id. */
export const STRIDE = 0x1000_0000;

const SLOTS = STRIDE - 1;

/** The slot of an id. The bitwise operation takes the low bits of whichever safe integer. */
export function slotOf(id: number): number {
  return id & SLOTS;
}

/** The id of the slot's next generation; undefined after 2^25 of them: then the slot must not be used again. */
export function nextId(id: number): number | undefined {
  const next = id + STRIDE;
  return next <= Number.MAX_SAFE_INTEGER ? next : undefined;
}
