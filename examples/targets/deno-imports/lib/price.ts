export const price = (item: string): number => 100 * item.length;
