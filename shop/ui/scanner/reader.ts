/** The page's side of the reader: asks the worker about pictures; loaded at the first question. */

export type Kind = "door" | "goods";

export interface Question {
  number: number;
  kind: Kind;
  picture: ImageData;
}

export interface Answer {
  number: number;
  /** Null when the reader itself could not be loaded. */
  codes: string[] | null;
}

/** It could not be loaded, or has died. */
export class NoReader extends Error {}

interface Waiting {
  resolve: (codes: string[]) => void;
  reject: (error: NoReader) => void;
}

export class Reader {
  private worker: Worker | null = null;
  private waiting = new Map<number, Waiting>();
  private asked = 0;

  /** The codes in a picture, which is handed over and not to be used any more. */
  read(kind: Kind, picture: ImageData): Promise<string[]> {
    const worker = (this.worker ??= this.start());
    const question: Question = { number: ++this.asked, kind, picture };
    return new Promise((resolve, reject) => {
      this.waiting.set(question.number, { resolve, reject });
      worker.postMessage(question, [picture.data.buffer]);
    });
  }

  close(): void {
    this.worker?.terminate();
    this.worker = null;
    for (const { reject } of this.waiting.values()) reject(new NoReader());
    this.waiting.clear();
  }

  private start(): Worker {
    const worker = new Worker(new URL("./reader-worker.ts", import.meta.url), { type: "module" });
    worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => {
      if (data.codes === null) return this.close();
      this.waiting.get(data.number)?.resolve(data.codes);
      this.waiting.delete(data.number);
    });
    worker.addEventListener("error", () => this.close());
    return worker;
  }
}
