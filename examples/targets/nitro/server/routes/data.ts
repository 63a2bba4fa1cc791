import { python } from "@interloop/node";

export default eventHandler(() => python.eval("[{'a': [1, None]}]"));
