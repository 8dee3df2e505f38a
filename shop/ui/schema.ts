/** Made by `python -m tests.ui.api_types` from the service's description; a test compares. */

export type Why = "not_mine" | "wrong_quantity" | "wrong_price" | "damaged" | "other";
export type State =
  | "requested"
  | "authenticating"
  | "admitted"
  | "unlocked"
  | "shopping"
  | "settling"
  | "payment_due"
  | "in_review"
  | "settled"
  | "empty"
  | "abandoned"
  | "refused";

export interface Api {
  AnsweredOut: AnsweredOut;
  Asked: Asked;
  Assertion: Assertion;
  Attestation: Attestation;
  BasePrice: BasePrice;
  CardWish: CardWish;
  CodeProof: CodeProof;
  CodeSent: CodeSent;
  CodeWish: CodeWish;
  Consents: Consents;
  ConsentsDue: ConsentsDue;
  ContestableLine: ContestableLine;
  Correction: Correction;
  CustomerOut: CustomerOut;
  EntryWish: EntryWish;
  Erasure: Erasure;
  Health: Health;
  HelpIn: HelpIn;
  HelpOut: HelpOut;
  Hold: Hold;
  LanguageWish: LanguageWish;
  Line: Line;
  LineIn: LineIn;
  LineSeen: LineSeen;
  Me: Me;
  MethodOut: MethodOut;
  NamedIn: NamedIn;
  NetContent: NetContent;
  ObjectionIn: ObjectionIn;
  ObjectionOut: ObjectionOut;
  ObjectionsOut: ObjectionsOut;
  PageOut: PageOut;
  PasskeyName: PasskeyName;
  PasskeyOut: PasskeyOut;
  Problem: Problem;
  ProductOut: ProductOut;
  ReceiptOut: ReceiptOut;
  Received: Received;
  ScanIn: ScanIn;
  Seen: Seen;
  SessionOut: SessionOut;
  SignedInOut: SignedInOut;
  State: State;
  StoreName: StoreName;
  StoreOut: StoreOut;
  Text: Text;
  Trace: Trace;
  VisitOut: VisitOut;
  Waiting: Waiting;
  Why: Why;
}
export interface AnsweredOut {
  id: string;
  sku: string;
  name: Text;
  quantity: number;
  reason: Why;
  text: string;
  outcome: "waiting" | "rejected" | "refunding" | "refunded" | "refunded_by_hand" | "refund_failed";
  amount_cents: number;
  refund_cents: number;
  answer: string | null;
  receipt: Correction | null;
  created_at: string;
  decided_at: string | null;
  visit_id: string;
}
export interface Text {
  de: string;
  en: string;
}
export interface Correction {
  number: string;
  html_url: string;
  pdf_url: string;
}
/**
 * For `PublicKeyCredential.parseCreationOptionsFromJSON` or `parseRequestOptionsFromJSON`.
 */
export interface Asked {
  options: {
    [k: string]: unknown;
  };
}
export interface Assertion {
  id: string;
  client_data: string;
  authenticator_data: string;
  signature: string;
  user_handle: string;
}
/**
 * What the browser's `toJSON` tells of a new passkey.
 */
export interface Attestation {
  id: string;
  client_data: string;
  attestation: string;
}
export interface BasePrice {
  cents: number;
  per: "kg" | "l";
}
export interface CardWish {
  return_url?: string;
}
export interface CodeProof {
  email: string;
  code: string;
  language?: "de" | "en";
}
export interface CodeSent {
  sent_to: string;
  expires_in_s: number;
}
export interface CodeWish {
  email: string;
  language?: "de" | "en";
}
/**
 * Kind -> version.
 */
export interface Consents {
  terms?: number | null;
  privacy?: number | null;
}
export interface ConsentsDue {
  terms: number | null;
  privacy: number | null;
}
export interface ContestableLine {
  sku: string;
  name: Text;
  left: number;
  unit_cents: number;
  sure: boolean;
  evidence: Seen[];
}
/**
 * One movement on a shelf; grams are below zero when goods left.
 */
export interface Seen {
  shelf: string;
  plate: number;
  at: string;
  grams: number;
  count?: number | null;
  trace?: Trace | null;
}
/**
 * How the weight on the plate moved: grams at even steps.
 */
export interface Trace {
  t0: number;
  step_ms: number;
  g: number[];
}
export interface CustomerOut {
  id: string;
  email: string;
  language: "de" | "en";
  payment_methods: MethodOut[];
  open_visit_id: string | null;
}
export interface MethodOut {
  id: string;
  status: "starting" | "open" | "saved" | "failed";
  setup_url: string | null;
  brand: string | null;
  last4: string | null;
  exp_month: number | null;
  exp_year: number | null;
  is_default: boolean;
}
export interface EntryWish {
  store?: string | null;
  door_code: string;
}
export interface Erasure {
  email: string;
}
export interface Health {
  status?: string;
}
export interface HelpIn {
  kind: "stuck" | "question" | "other";
  text?: string;
}
export interface HelpOut {
  incident_id: string;
  phone: string;
  message: Text;
}
export interface Hold {
  amount_cents: number;
  status: "none" | "placed" | "captured" | "released";
  release_at: string | null;
}
export interface LanguageWish {
  language?: "de" | "en";
}
export interface Line {
  sku: string;
  name: Text;
  icon: string;
  net: NetContent | null;
  base_price: BasePrice | null;
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
/**
 * Of goods that lie in a liquid: the drained weight, for the base price goes by it (PAngV 5).
 */
export interface NetContent {
  amount: number;
  unit: "g" | "ml" | "piece";
}
export interface LineIn {
  quantity: number;
}
export interface LineSeen {
  sku: string;
  evidence: Seen[];
}
export interface Me {
  customer: CustomerOut;
  csrf: string;
}
export interface NamedIn {
  sku: string;
  quantity?: number;
}
export interface ObjectionIn {
  sku: string;
  quantity: number;
  reason: "not_mine" | "wrong_quantity" | "wrong_price" | "damaged" | "other";
  text?: string;
}
export interface ObjectionOut {
  id: string;
  sku: string;
  name: Text;
  quantity: number;
  reason: Why;
  text: string;
  outcome: "waiting" | "rejected" | "refunding" | "refunded" | "refunded_by_hand" | "refund_failed";
  amount_cents: number;
  refund_cents: number;
  answer: string | null;
  receipt: Correction | null;
  created_at: string;
  decided_at: string | null;
}
export interface ObjectionsOut {
  objections: ObjectionOut[];
  lines: ContestableLine[];
  until: string | null;
}
export interface PageOut {
  kind: "imprint" | "privacy" | "terms" | "accessibility";
  version: number;
  language: "de" | "en";
  /**
   * Plain text: an empty line ends a paragraph, `# ` begins a heading.
   */
  text: string;
  published_at: string;
}
/**
 * One line that says something: not empty, no control characters.
 */
export interface PasskeyName {
  name: string;
}
export interface PasskeyOut {
  id: string;
  name: string;
  created_at: string;
  last_used_at: string | null;
}
export interface Problem {
  code: string;
  message: Text;
  next_step: Text;
  available_at: string | null;
  details: {
    [k: string]: unknown;
  } | null;
}
export interface ProductOut {
  sku: string;
  gtins: string[];
  name: Text;
  price_cents: number;
  deposit_cents: number;
  vat: string;
  icon: string;
  net: NetContent | null;
  base_price: BasePrice | null;
}
export interface ReceiptOut {
  number: string;
  total_cents: number;
  status: "paid" | "open" | "waived" | "refunded" | "refunding";
  html_url: string;
  pdf_url: string;
}
export interface Received {
  received?: boolean;
}
export interface ScanIn {
  gtin: string;
  quantity?: number;
}
export interface SessionOut {
  token: string;
  csrf: string;
  customer: CustomerOut;
}
export interface SignedInOut {
  id: string;
  /**
   * Empty when we do not know it.
   */
  browser: string;
  system: string;
  created_at: string;
  /**
   * The day only.
   */
  used_on: string;
  current: boolean;
}
export interface StoreName {
  slug: string;
  name: string;
}
export interface StoreOut {
  slug: string;
  name: string;
  address: string;
  phone: string;
  checkout_mode: "pay_in_app" | "walk_out";
  hold_cents: number;
  open: boolean;
  refusal: Problem | null;
  people_inside: number;
}
export interface VisitOut {
  id: string;
  store: StoreName;
  door: string;
  state: State;
  checkout_mode: "pay_in_app" | "walk_out";
  promise: "asking" | "card_hold" | "authenticate" | "unlocking" | "unlocked" | "open" | "ended";
  reason: Problem | null;
  authenticate_url: string | null;
  hold: Hold;
  lines: Line[];
  unclear: number;
  total_cents: number;
  deposit_cents: number;
  paid: boolean;
  paid_cents: number;
  open_cents: number;
  waived_cents: number;
  refunded_cents: number;
  created_at: string;
  entered_at: string | null;
  ended_at: string | null;
  settled_at: string | null;
  can: ("scan" | "correct" | "pay" | "leave" | "cancel" | "help")[];
}
export interface Waiting {
  until: string;
}
/** Addresses, methods, and what stands in their bodies. */
export interface Paths {
  "/api/v1/account/erase": {
    POST: { body: Erasure; answer: undefined; query: never };
  };
  "/api/v1/account/export": {
    GET: { body: undefined; answer: unknown; query: never };
  };
  "/api/v1/account/language": {
    PUT: { body: LanguageWish; answer: CustomerOut; query: never };
  };
  "/api/v1/consents": {
    POST: { body: Consents; answer: ConsentsDue; query: never };
  };
  "/api/v1/consents/due": {
    GET: { body: undefined; answer: ConsentsDue; query: never };
  };
  "/api/v1/me": {
    GET: { body: undefined; answer: Me; query: never };
  };
  "/api/v1/objections": {
    GET: { body: undefined; answer: AnsweredOut[]; query: never };
  };
  "/api/v1/other-sessions/end": {
    POST: { body: undefined; answer: undefined; query: never };
  };
  "/api/v1/pages/{kind}": {
    GET: { body: undefined; answer: PageOut; query: "lang" };
  };
  "/api/v1/passkey-challenges": {
    POST: { body: undefined; answer: Asked; query: never };
  };
  "/api/v1/passkeys": {
    GET: { body: undefined; answer: PasskeyOut[]; query: never };
    POST: { body: Attestation; answer: PasskeyOut; query: never };
  };
  "/api/v1/passkeys/{passkey_id}": {
    DELETE: { body: undefined; answer: undefined; query: never };
  };
  "/api/v1/passkeys/{passkey_id}/name": {
    PUT: { body: PasskeyName; answer: PasskeyOut; query: never };
  };
  "/api/v1/payment-methods": {
    GET: { body: undefined; answer: MethodOut[]; query: never };
    POST: { body: CardWish; answer: MethodOut; query: never };
  };
  "/api/v1/payment-methods/{method_id}": {
    DELETE: { body: undefined; answer: undefined; query: never };
    GET: { body: undefined; answer: MethodOut; query: never };
  };
  "/api/v1/payment-methods/{method_id}/default": {
    PUT: { body: undefined; answer: MethodOut; query: never };
  };
  "/api/v1/sessions": {
    GET: { body: undefined; answer: SignedInOut[]; query: never };
  };
  "/api/v1/sessions/{session_id}": {
    DELETE: { body: undefined; answer: undefined; query: never };
  };
  "/api/v1/sign-in/codes": {
    POST: { body: CodeWish; answer: CodeSent; query: never };
  };
  "/api/v1/sign-in/passkey-challenges": {
    POST: { body: undefined; answer: Asked; query: never };
  };
  "/api/v1/sign-in/passkeys": {
    POST: { body: Assertion; answer: SessionOut; query: never };
  };
  "/api/v1/sign-in/sessions": {
    POST: { body: CodeProof; answer: SessionOut; query: never };
  };
  "/api/v1/sign-in/sessions/current": {
    DELETE: { body: undefined; answer: undefined; query: never };
  };
  "/api/v1/stores": {
    GET: { body: undefined; answer: StoreOut[]; query: never };
  };
  "/api/v1/stores/{slug}": {
    GET: { body: undefined; answer: StoreOut; query: never };
  };
  "/api/v1/stores/{slug}/free-place-notices": {
    POST: { body: undefined; answer: Waiting; query: never };
  };
  "/api/v1/stores/{slug}/products": {
    GET: { body: undefined; answer: ProductOut[]; query: never };
  };
  "/api/v1/visits": {
    GET: { body: undefined; answer: VisitOut[]; query: never };
    POST: { body: EntryWish; answer: VisitOut; query: never };
  };
  "/api/v1/visits/{visit_id}": {
    GET: { body: undefined; answer: VisitOut; query: never };
  };
  "/api/v1/visits/{visit_id}/cancel": {
    POST: { body: undefined; answer: VisitOut; query: never };
  };
  "/api/v1/visits/{visit_id}/events": {
    GET: { body: undefined; answer: unknown; query: never };
  };
  "/api/v1/visits/{visit_id}/help": {
    POST: { body: HelpIn; answer: HelpOut; query: never };
  };
  "/api/v1/visits/{visit_id}/leave": {
    POST: { body: undefined; answer: VisitOut; query: never };
  };
  "/api/v1/visits/{visit_id}/lines": {
    POST: { body: NamedIn; answer: VisitOut; query: never };
  };
  "/api/v1/visits/{visit_id}/lines/{sku}": {
    PUT: { body: LineIn; answer: VisitOut; query: never };
  };
  "/api/v1/visits/{visit_id}/lines/{sku}/evidence": {
    GET: { body: undefined; answer: LineSeen; query: never };
  };
  "/api/v1/visits/{visit_id}/objections": {
    GET: { body: undefined; answer: ObjectionsOut; query: never };
    POST: { body: ObjectionIn; answer: ObjectionsOut; query: never };
  };
  "/api/v1/visits/{visit_id}/pay": {
    POST: { body: undefined; answer: VisitOut; query: never };
  };
  "/api/v1/visits/{visit_id}/receipt": {
    GET: { body: undefined; answer: ReceiptOut; query: never };
  };
  "/api/v1/visits/{visit_id}/scans": {
    POST: { body: ScanIn; answer: VisitOut; query: never };
  };
  "/api/v1/webhooks/stripe": {
    POST: { body: undefined; answer: Received; query: never };
  };
}
