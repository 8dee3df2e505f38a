/** From grams at even steps to a line in a picture. */

import type { Trace } from "../api.ts";

const WIDTH = 240;
const HEIGHT = 48;
const MARGIN = 4;

export interface Drawn {
  width: number;
  height: number;
  /** Of a polyline. */
  line: string;
  /** Where the weight stood before and after, as heights in the picture. */
  before: number;
  after: number;
}

export function drawn(grams: number[]): Drawn {
  const lowest = Math.min(...grams);
  const span = Math.max(...grams) - lowest || 1;
  const x = (index: number) => rounded((index / Math.max(1, grams.length - 1)) * WIDTH);
  const y = (gram: number) => rounded(HEIGHT - MARGIN - ((gram - lowest) / span) * (HEIGHT - 2 * MARGIN));
  return {
    width: WIDTH,
    height: HEIGHT,
    line: grams.map((gram, index) => `${x(index)},${y(gram)}`).join(" "),
    before: y(grams[0] ?? lowest),
    after: y(grams.at(-1) ?? lowest),
  };
}

/** Whether something kept as evidence is a trace. */
export function isTrace(value: unknown): value is Trace {
  const { g, step_ms } = (value ?? {}) as Partial<Trace>;
  return typeof step_ms === "number" && Array.isArray(g) && g.every((gram) => typeof gram === "number");
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
