/** What the pages call the parts of the JSON: integer cents, ISO times in UTC. `schema.ts` has the parts. */

import type { CustomerOut, Text, VisitOut } from "./schema.ts";

export type {
  AnsweredOut as Answered,
  BasePrice,
  ConsentsDue,
  ContestableLine,
  CustomerOut as Customer,
  HelpOut as HelpAnswer,
  Line as BasketLine,
  MethodOut as PaymentMethod,
  NetContent,
  PageOut as LegalPage,
  ObjectionIn as ObjectionWish,
  ObjectionOut as Objection,
  ObjectionsOut as Objections,
  PasskeyOut as Passkey,
  Problem as Refusal,
  ProductOut as Product,
  ReceiptOut as Receipt,
  Seen as Movement,
  SessionOut as SignedIn,
  SignedInOut as Device,
  State as VisitState,
  StoreOut as Store,
  VisitOut as Visit,
  Waiting,
  Trace,
} from "./schema.ts";

export type Words = Text;
export type Language = CustomerOut["language"];
export type DoorPromise = VisitOut["promise"];
