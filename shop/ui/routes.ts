/** Every screen of the app: its address and the states it can be in.
 *  The service answers at these addresses; tests look at every state (tests/browser/screens). */

import type { PaymentMethod, VisitState } from "./api.ts";

interface Route {
  /** `:id` stands for what the screen shows one of. */
  path: string;
  states: readonly string[];
}

const VISIT: readonly VisitState[] = [
  "requested",
  "authenticating",
  "refused",
  "admitted",
  "unlocked",
  "shopping",
  "settling",
  "settled",
  "empty",
  "abandoned",
  "payment_due",
  "in_review",
];
const CARD: readonly PaymentMethod["status"][] = ["starting", "open", "saved", "failed"];

export const ROUTES = {
  home: { path: "/", states: ["no_card", "door"] },
  /** Shown at any address to who is not signed in, so that she arrives where she wanted to. */
  sign_in: { path: "/sign-in", states: ["email", "code"] },
  help: { path: "/help", states: ["stores", "unknown"] },
  visit: { path: "/visits/:id", states: VISIT },
  card: { path: "/cards/:id", states: CARD },
  account: { path: "/account", states: ["shown"] },
  /** What the operator wrote; for everybody. */
  page: { path: "/pages/:id", states: ["written", "unwritten"] },
} as const satisfies Record<string, Route>;

export type ScreenName = keyof typeof ROUTES;

export interface Place {
  screen: ScreenName;
  id: string;
}

const HOME: Place = { screen: "home", id: "" };

/** Where an address leads; home for one that nobody knows. */
export function placeAt(pathname: string): Place {
  for (const [screen, { path }] of Object.entries(ROUTES)) {
    const found = new RegExp(`^${path.replace(":id", "([\\w-]+)")}$`).exec(pathname);
    if (found) return { screen: screen as ScreenName, id: found[1] ?? "" };
  }
  return HOME;
}

export function addressOf(screen: ScreenName, id = ""): string {
  return ROUTES[screen].path.replace(":id", id);
}
