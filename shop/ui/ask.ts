/** Calls to the shopper's service, typed by its own description: an address, method or body that it does not
 *  know does not compile. */

import type { Paths } from "./schema.ts";
import * as http from "./shared/http.ts";

type Path = keyof Paths;
type Method = "GET" | "POST" | "PUT" | "DELETE";
/** Addresses that take this method. */
export type PathOf<M extends Method> = { [P in Path]: Paths[P] extends Record<M, unknown> ? P : never }[Path];

type Operation<P extends Path, M extends Method> = Paths[P] extends Record<M, infer Found> ? Found : never;
export type AnswerOf<P extends Path, M extends Method> =
  Operation<P, M> extends { answer: infer Answer } ? Answer : never;
type BodyOf<P extends Path, M extends Method> =
  Operation<P, M> extends { body: infer Body } ? (Body extends undefined ? [] : [body: Body]) : never;

/** What stands in braces in a path. */
type NamesIn<P extends string> = P extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesIn<Rest> : never;
type QueryOf<P extends Path> = Paths[P] extends { GET: { query: infer Names extends string } } ? Names : never;
type Told<P extends Path> = Record<NamesIn<P>, string> & Partial<Record<QueryOf<P>, string>>;

declare const path: unique symbol;
/** A filled-in address that still knows which one it is. */
export type At<P extends Path> = string & { readonly [path]: P };

/** Names that do not stand in the path become its query. */
export function at<P extends Path>(template: P, ...told: keyof Told<P> extends never ? [] : [Told<P>]): At<P> {
  const query = new URLSearchParams();
  let filled: string = template;
  for (const [name, value] of Object.entries<string>(told[0] ?? {})) {
    const place = `{${name}}`;
    if (template.includes(place)) filled = filled.replace(place, encodeURIComponent(value));
    else query.set(name, value);
  }
  return (query.size > 0 ? `${filled}?${query}` : filled) as At<P>;
}

export const get = <P extends PathOf<"GET">>(where: At<P>): Promise<AnswerOf<P, "GET">> => http.get(where);
/** For who has something to show meanwhile: a dead line is told at the first try. */
export const getAtOnce = <P extends PathOf<"GET">>(where: At<P>): Promise<AnswerOf<P, "GET">> =>
  http.getAtOnce(where);
export const post = <P extends PathOf<"POST">>(
  where: At<P>,
  ...[body]: BodyOf<P, "POST">
): Promise<AnswerOf<P, "POST">> => http.post(where, body as object | undefined);
export const put = <P extends PathOf<"PUT">>(
  where: At<P>,
  ...[body]: BodyOf<P, "PUT">
): Promise<AnswerOf<P, "PUT">> => http.put(where, body as object | undefined);
export const remove = (where: At<PathOf<"DELETE">>): Promise<void> => http.remove(where);
/** Ends the session; a repeat after a lost answer finds it ended. */
export const leave = (where: At<PathOf<"DELETE">>): Promise<void> => http.leave(where);
