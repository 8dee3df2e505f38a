/** Reads barcodes off pictures, in a worker: the page stays quick, and only this file may compile wasm. */

import { prepareZXingModule, type ReaderOptions, readBarcodes } from "zxing-wasm/reader";
import wasm from "zxing-wasm/reader/zxing_reader.wasm?url";
import type { Answer, Question } from "./reader.ts";

// without this it would be asked for from somebody else's server
prepareZXingModule({ overrides: { locateFile: () => wasm } });

const FORMATS: Record<Question["kind"], NonNullable<ReaderOptions["formats"]>> = {
  door: ["QRCode"],
  goods: ["EAN13", "EAN8", "UPCA", "ITF14"],
};

addEventListener("message", async ({ data }: MessageEvent<Question>) => {
  const { number, kind, picture } = data;
  const codes = await codesIn(picture, FORMATS[kind]).catch(() => null);
  postMessage({ number, codes } satisfies Answer);
});

async function codesIn(picture: ImageData, formats: NonNullable<ReaderOptions["formats"]>): Promise<string[]> {
  const found = await readBarcodes(picture, { formats, maxNumberOfSymbols: 4 });
  return found.filter((one) => one.isValid).map((one) => one.text);
}
