/** The JSON of the operator service as the page reads it. */

import type { ContestableLine, Objection, Visit, Words } from "../../shop/ui/api.ts";

export interface Staff {
  id: string;
  email: string;
  name: string;
  operator: string;
}

export interface SignedIn {
  token: string;
  csrf: string;
  staff: Staff;
}

export interface ExitTest {
  at: string;
  by: string;
  passed: boolean;
  valid_until: string | null;
}

export interface Door {
  name: string;
  code: string;
  exit_test: ExitTest | null;
}

export interface Device {
  id: string;
  kind: string;
  online: boolean;
  last_seen_at: string | null;
}

export interface Store {
  slug: string;
  name: string;
  doors: Door[];
  door_code_mode: "sticker" | "rotating";
  people_inside: number;
  devices: Device[];
}

export interface Facing {
  id: string;
  shelf: string;
  plates: number[];
  sensing: "full" | "stock_check";
  sku: string;
  name: Words;
  on_hand: number;
  expected_grams: number;
  /** What the scales say now; null while one of the plates is silent. */
  measured_grams: number | null;
  unit_weight_g: number;
  last_restock_at: string | null;
}

export type VisitForStaff = Visit & { customer: string };

export interface Cause {
  kind: string;
  text: Words;
  evidence: Record<string, unknown>;
  at: string;
  closed_at: string | null;
}

export interface Review {
  visit: VisitForStaff;
  causes: Cause[];
}

export type Verdict = "charge" | "release" | "waive";

export interface ObjectionForStaff {
  objection: Objection;
  line: {
    quantity: number;
    sensed: number;
    scanned: number;
    corrected: number | null;
    evidence: ContestableLine["evidence"];
  };
  visit_id: string;
  store: string;
  customer: string;
  visited_at: string;
  earlier: number;
}

export interface FailedRefund {
  id: string;
  visit_id: string;
  store: string;
  customer: string;
  amount_cents: number;
  asked_at: string;
  /** In the bank's words, or empty. */
  why: string;
  attempts: number;
}

export interface Incident {
  id: string;
  kind: string;
  severity: "alarm" | "warning" | "info";
  store: string;
  visit_id: string | null;
  text: Words;
  evidence: Record<string, unknown>;
  opened_at: string;
  closed_at: string | null;
  closed_by: string | null;
  note: string | null;
}

export interface AuditEntry {
  id: number;
  at: string;
  actor: string;
  action: string;
  text: Words;
  subject: string;
  detail: Record<string, unknown>;
}

export interface DeskPage {
  kind: "imprint" | "privacy" | "terms" | "accessibility";
  /** 0 while nothing is published. */
  version: number;
  de: string;
  en: string;
  published_at: string | null;
}
