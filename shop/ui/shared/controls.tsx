/** Small controls both pages use. */

import type { ReadonlySignal } from "@preact/signals";
import type { ButtonHTMLAttributes, ComponentChildren } from "preact";
import { language } from "./i18n.ts";
import { shared } from "./texts.ts";

export function LanguageSwitch() {
  const other = language.value === "de" ? "en" : "de";
  return (
    <button type="button" class="plain" lang={other} onClick={() => (language.value = other)}>
      {shared("other_language")}
    </button>
  );
}

interface BusyProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  busy: ReadonlySignal<boolean>;
  children: ComponentChildren;
}

/** Stays focusable while busy, so keyboard users keep their place. */
export function BusyButton({ busy, children, ...rest }: BusyProps) {
  return (
    <button {...rest} aria-busy={busy.value} aria-disabled={busy.value}>
      {children}
    </button>
  );
}

export function Loading() {
  return <p aria-busy="true">{shared("loading")}</p>;
}
