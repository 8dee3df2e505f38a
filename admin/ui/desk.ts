/** Who is at the desk, which section is open, and the stores this operator has. */

import { computed, signal } from "@preact/signals";
import { get, keepCsrf, leave, onSignedOut, post, Refused } from "../../shop/ui/shared/http.ts";
import type { SignedIn, Staff, Store } from "./api.ts";

export const SECTIONS = [
  "reviews",
  "objections",
  "incidents",
  "restock",
  "exit_tests",
  "devices",
  "pages",
  "audit",
] as const;
export type Section = (typeof SECTIONS)[number];

/** `undefined` until the server has answered for the first time. */
export const staff = signal<Staff | null | undefined>(undefined);
export const section = signal<Section>(sectionInAddress());
export const stores = signal<Store[]>([]);
const chosen = signal("");
export const store = computed(
  () => stores.value.find((one) => one.slug === chosen.value) ?? stores.value[0],
);

addEventListener("hashchange", () => (section.value = sectionInAddress()));
onSignedOut(() => (staff.value = null));

export function chooseStore(slug: string): void {
  chosen.value = slug;
}

export async function recognise(): Promise<void> {
  try {
    const me = await get<{ staff: Staff; csrf: string }>("/api/v1/me");
    keepCsrf(me.csrf);
    staff.value = me.staff;
  } catch (error) {
    if (!(error instanceof Refused && error.status === 401)) throw error;
    staff.value = null;
  }
}

export async function signIn(email: string, password: string): Promise<void> {
  const session = await post<SignedIn>("/api/v1/sign-in", { email, password });
  keepCsrf(session.csrf);
  staff.value = session.staff;
}

export async function signOut(): Promise<void> {
  await leave("/api/v1/sign-in");
  staff.value = null;
}

export async function loadStores(): Promise<void> {
  stores.value = await get<Store[]>("/api/v1/stores");
}

function sectionInAddress(): Section {
  const named = location.hash.slice(1);
  return SECTIONS.find((one) => one === named) ?? "reviews";
}
