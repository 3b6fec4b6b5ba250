import { readText } from "../config/file.ts"

/** The page's look: readable in light and dark, on a phone and on paper. */
export const PAGE_STYLE = readText(new URL("./page.css", import.meta.url))
