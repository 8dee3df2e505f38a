/** How the page looks to her: kept on the device, told to the style sheets as attributes of the page. */

import { effect, signal } from "@preact/signals";

export const SIZES = ["normal", "large", "larger"] as const;
export type Size = (typeof SIZES)[number];

const wants = (what: string): boolean => matchMedia(`(${what})`).matches;
const stored = (name: string): string | null => localStorage.getItem(`display-${name}`);

export const size = signal<Size>(SIZES.find((known) => known === stored("text")) ?? "normal");
/** Without a choice of hers as her device has it. */
export const contrast = signal<boolean>(choice("contrast", wants("prefers-contrast: more")));
export const calm = signal<boolean>(choice("calm", wants("prefers-reduced-motion: reduce")));

export function choose(name: "contrast" | "calm", on: boolean): void {
  localStorage.setItem(`display-${name}`, on ? "yes" : "no");
  (name === "contrast" ? contrast : calm).value = on;
}

export function resize(to: Size): void {
  localStorage.setItem("display-text", to);
  size.value = to;
}

effect(() => {
  const { dataset } = document.documentElement;
  dataset["text"] = size.value;
  dataset["contrast"] = contrast.value ? "more" : "normal";
  dataset["motion"] = calm.value ? "less" : "normal";
});

function choice(name: string, otherwise: boolean): boolean {
  const told = stored(name);
  return told === null ? otherwise : told === "yes";
}
