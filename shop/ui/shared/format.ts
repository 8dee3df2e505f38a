/** Money and times for people: euros, and the shop's own clock (Europe/Berlin). */

import type { Language } from "../api.ts";
import { now as shopNow } from "./clock.ts";

const LOCALES: Record<Language, string> = { de: "de-DE", en: "en-IE" };
const ZONE = "Europe/Berlin";

export function euros(cents: number, language: Language): string {
  return new Intl.NumberFormat(LOCALES[language], { style: "currency", currency: "EUR" }).format(
    cents / 100,
  );
}

/** "14:05" on the same day, else with weekday and date. */
export function when(iso: string, language: Language, now: Date = shopNow()): string {
  const at = new Date(iso);
  const time = part(at, language, { hour: "2-digit", minute: "2-digit" });
  if (dayOf(at) === dayOf(now)) return time;
  const sameYear = dayOf(at).slice(0, 4) === dayOf(now).slice(0, 4);
  const day = part(at, language, {
    weekday: "short",
    day: "numeric",
    month: "short",
    ...(sameYear ? {} : { year: "numeric" }),
  });
  return `${day}, ${time}`;
}

export function day(iso: string, language: Language): string {
  return part(new Date(iso), language, { day: "numeric", month: "short", year: "numeric" });
}

function part(at: Date, language: Language, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(LOCALES[language], { timeZone: ZONE, ...options }).format(at);
}

function dayOf(at: Date): string {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: ZONE }).format(at);
}
