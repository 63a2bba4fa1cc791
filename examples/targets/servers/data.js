// What a handler may return: a handle that is data, one that is not, and what a coroutine gives.
export const prepare = (python) => {
  python.exec(`
import asyncio, dataclasses

@dataclasses.dataclass
class Item:
    name: str
    price: float

class Session: pass

async def find(name):
    await asyncio.sleep(0.01)
    return [Item(name, 2.5), {"count": 1, "items": (1, None)}]
`);
  return { find: (name) => python.eval("find")(name), session: () => python.eval("Session()") };
};

export const expected = '[{"name":"tea","price":2.5},{"count":1,"items":[1,null]}]';

/** Asks a server, and says whether its answers are right. */
export async function check(name, ask) {
  const good = await ask("/find");
  const goodText = await good.text();
  const bad = await ask("/session");
  const badText = await bad.text();
  if (good.status !== 200 || goodText !== expected) throw new Error(`/find answers ${good.status} ${goodText}`);
  if (bad.status !== 500 || badText === "{}") throw new Error(`/session answers ${bad.status} ${badText}`);
  console.log(`${name} answers`);
}
