/** The JSON of the shopper service as the pages read it: integer cents, ISO times in UTC. */

export type Language = "de" | "en";
export type Words = Record<Language, string>;

export interface Refusal {
  code: string;
  message: Words;
  next_step: Words;
  available_at: string | null;
  details: Record<string, unknown> | null;
}

export interface PaymentMethod {
  id: string;
  status: "starting" | "open" | "saved" | "failed";
  setup_url: string | null;
  brand: string | null;
  last4: string | null;
  exp_month: number | null;
  exp_year: number | null;
  is_default: boolean;
}

export interface Customer {
  id: string;
  email: string;
  language: Language;
  payment_methods: PaymentMethod[];
  open_visit_id: string | null;
}

export interface SignedIn {
  token: string;
  csrf: string;
  customer: Customer;
}

export type CheckoutMode = "pay_in_app" | "walk_out";

export interface Store {
  slug: string;
  name: string;
  address: string;
  phone: string;
  checkout_mode: CheckoutMode;
  hold_cents: number;
  open: boolean;
  refusal: Refusal | null;
  people_inside: number;
}

export type VisitState =
  | "requested"
  | "authenticating"
  | "refused"
  | "admitted"
  | "unlocked"
  | "shopping"
  | "settling"
  | "settled"
  | "empty"
  | "abandoned"
  | "payment_due"
  | "in_review";

export type DoorPromise =
  | "asking"
  | "card_hold"
  | "authenticate"
  | "unlocking"
  | "unlocked"
  | "open"
  | "ended";

export interface BasketLine {
  sku: string;
  name: Words;
  quantity: number;
  unit_price_cents: number;
  unit_deposit_cents: number;
  total_cents: number;
  deposit_cents: number;
  vat_rate_bp: number;
  sensed: number;
  scanned: number;
  corrected: number | null;
  sure: boolean;
}

export type Ability = "scan" | "correct" | "pay" | "leave" | "cancel" | "help";

export interface Visit {
  id: string;
  store: { slug: string; name: string };
  door: string;
  state: VisitState;
  checkout_mode: CheckoutMode;
  promise: DoorPromise;
  reason: Refusal | null;
  authenticate_url: string | null;
  hold: {
    amount_cents: number;
    status: "none" | "placed" | "captured" | "released";
    release_at: string | null;
  };
  lines: BasketLine[];
  unclear: number;
  total_cents: number;
  deposit_cents: number;
  paid: boolean;
  paid_cents: number;
  open_cents: number;
  waived_cents: number;
  created_at: string;
  entered_at: string | null;
  ended_at: string | null;
  settled_at: string | null;
  can: Ability[];
}

export interface HelpAnswer {
  incident_id: string;
  phone: string;
  message: Words;
}

export interface Receipt {
  number: string;
  total_cents: number;
  status: string;
  html_url: string;
  pdf_url: string;
}
