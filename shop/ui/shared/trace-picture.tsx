/** How the weight on a plate moved, as a small picture beside the words that say the same. */

import type { Trace } from "../api.ts";
import { language } from "./i18n.ts";
import { shared } from "./texts.ts";
import { drawn } from "./trace.ts";

export function TracePicture({ trace }: { trace: Trace }) {
  const number = (value: number) => value.toLocaleString(language.value, { maximumFractionDigits: 1 });
  const label = shared("trace", {
    seconds: number(((trace.g.length - 1) * trace.step_ms) / 1000),
    before: number(trace.g[0] ?? 0),
    after: number(trace.g.at(-1) ?? 0),
  });
  const { width, height, line, before, after } = drawn(trace.g);
  return (
    <svg class="trace" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
      <line x1="0" x2={width} y1={before} y2={before} />
      <line x1="0" x2={width} y1={after} y2={after} />
      <polyline points={line} />
    </svg>
  );
}
