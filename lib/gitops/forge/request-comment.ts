import { call, type ForgeAccess, readResponse } from "./pull-request.ts"
import { COMMENTS_PAGE, type RequestApi, type RequestComment, type RequestState } from "./request-api.ts"

/** A forge's API for requests and their comments, with access to it. */
export type RequestAccess = ForgeAccess & { api: RequestApi }

/** Reads a request's state; a request that does not exist is an error, not a closed one. */
export async function readRequest(number: number, access: RequestAccess): Promise<RequestState> {
  const { api, forge, place } = access
  const response = await call(api.request(place, number), access)
  return readResponse(response, { schema: api.state, what: `show the ${forge.noun} ${number}`, access })
}

/** Our comment on a request, found by its marker. */
export type OwnComment = { number: number; marker: string }

/**
 * Finds the comment to update: the first with the marker in its first line that the token's own user wrote. Anybody can
 * write the marker, so another one's comment is left alone. Where the user is not known, it is the first of a bot, as which
 * no person can write.
 */
export function ownComment(
  comments: RequestComment[],
  { marker, author }: { marker: string; author?: number },
): RequestComment | undefined {
  const isOurs = (one: RequestComment) => (author === undefined ? one.bot === true : one.author === author)
  return comments.find((one) => one.body.split(/\r?\n/, 1)[0] === marker && isOurs(one))
}

/** Finds our comment, if there is one. */
export async function findComment(
  { number, marker }: OwnComment,
  access: RequestAccess,
): Promise<RequestComment | undefined> {
  const { api, forge, place } = access
  const author = await readAuthor(access)
  const what = `list the comments of the ${forge.noun} ${number}`
  for (let page = 1; ; page++) {
    const response = await call(api.comments(place, number, page), access)
    const comments = readResponse(response, { schema: api.listed, what, access })
    const own = ownComment(comments, { marker, ...(author !== undefined && { author }) })
    if (own || !api.paged || comments.length < COMMENTS_PAGE) return own
  }
}

/** The user of the token; undefined if GitHub does not tell. A token whose scopes do not allow it is an error. */
async function readAuthor(access: RequestAccess): Promise<number | undefined> {
  const { api, place } = access
  const response = await call(api.author(place), access)
  if (response.status === 200 && /"viewer":\s*null/.test(response.body)) return undefined
  return readResponse(response, {
    schema: api.authorId,
    what: "name the token's user, which writes the comment",
    access,
  })
}

/** Writes our comment: the earlier one is updated, a second one never written. */
export async function writeComment(
  { number, marker }: OwnComment,
  text: string,
  access: RequestAccess,
): Promise<{ how: "created" | "updated"; url?: string }> {
  const { api, forge, place } = access
  const body = `${marker}\n${text}`
  const own = await findComment({ number, marker }, access)
  const request = own ? api.update(place, { number, id: own.id }, body) : api.create(place, number, body)
  const what = `${own ? "update the" : "write a"} comment on the ${forge.noun} ${number}`
  const { url } = readResponse(await call(request, access), { schema: api.comment, what, access })
  return { how: own ? "updated" : "created", ...(url && { url }) }
}
