export async function price(item: string): Promise<number> {
  return item.length * 100;
}
