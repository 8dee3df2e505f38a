/** Two small forms of one place on the shelf: goods put on it, and a count. */

import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { useAction } from "../../../shop/ui/shared/action.ts";
import { BusyButton } from "../../../shop/ui/shared/controls.tsx";
import { post } from "../../../shop/ui/shared/http.ts";
import { RefusalNote } from "../../../shop/ui/shared/refusal.tsx";
import type { Facing } from "../api.ts";
import { text } from "../texts.ts";

interface Props {
  facing: Facing;
  onBooked: (onHand: number) => void;
}

export function BookRestock({ facing, onBooked }: Props) {
  const book = async (quantity: number): Promise<string> => {
    const booked = await post<{ on_hand: number }>(`/api/v1/facings/${facing.id}/restocks`, {
      quantity,
    });
    onBooked(booked.on_hand);
    return text("restocked", { n: booked.on_hand });
  };
  return <NumberForm label={text("received")} button={text("add")} min={1} book={book} />;
}

export function BookCount({ facing, onBooked }: Props) {
  const book = async (counted: number): Promise<string> => {
    const booked = await post<{ on_hand: number; difference: number }>(
      `/api/v1/facings/${facing.id}/stocktakes`,
      { counted },
    );
    onBooked(booked.on_hand);
    return text("difference", { n: booked.on_hand, difference: signed(booked.difference) });
  };
  return <NumberForm label={text("counted")} button={text("count")} min={0} book={book} />;
}

interface FormProps {
  label: string;
  button: string;
  min: number;
  book: (value: number) => Promise<string>;
}

function NumberForm({ label, button, min, book }: FormProps) {
  const field = useId();
  const value = useSignal("");
  const done = useSignal("");
  const booking = useAction(async () => {
    done.value = "";
    done.value = await book(Number(value.value));
    value.value = "";
  });
  const submit = (event: Event) => {
    event.preventDefault();
    void booking.run();
  };
  return (
    <form class="field-row" onSubmit={submit}>
      <label for={field}>{label}</label>
      <input
        id={field}
        type="number"
        inputMode="numeric"
        required
        min={min}
        max={999}
        value={value.value}
        onInput={(event) => (value.value = event.currentTarget.value)}
      />
      <BusyButton busy={booking.busy} type="submit" class="outline">
        {button}
      </BusyButton>
      <p class="done" role="status">
        {done.value}
      </p>
      <RefusalNote refusal={booking.refusal.value} />
    </form>
  );
}

function signed(difference: number): string {
  return difference > 0 ? `+${difference}` : String(difference);
}
