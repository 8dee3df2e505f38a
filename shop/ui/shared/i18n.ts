/** The language people read: German unless they switched; remembered on the device. */

import { effect, signal } from "@preact/signals";
import type { Language, Words } from "../api.ts";

const KEY = "language";

export const language = signal<Language>(localStorage.getItem(KEY) === "en" ? "en" : "de");

effect(() => {
  document.documentElement.lang = language.value;
  localStorage.setItem(KEY, language.value);
});

/** The server's bilingual words in the reader's language. */
export function say(words: Words): string {
  return words[language.value];
}

export type Entries<Key extends string> = Record<Key, readonly [de: string, en: string]>;
type Values = Record<string, string | number>;

/** Builds the page's own lookup; `{name}` in a text is replaced by the value of that name. */
export function catalogue<Key extends string>(entries: Entries<Key>) {
  return (key: Key, values: Values = {}): string => {
    const [de, en] = entries[key];
    return fill(language.value === "de" ? de : en, values);
  };
}

function fill(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}
