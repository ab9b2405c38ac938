/** A guide as the site shows it, made of its Markdown when the site is built. */
export interface Guide {
  title: string
  html: string
  headings: readonly Heading[]
}

export interface Heading {
  id: string
  text: string
  depth: number
}

export interface GuideEntry {
  name: string
  title: string
  load(): Promise<{ guide: Guide }>
}

/** What a search can find: a section of a guide, or a call of the API. */
export interface SearchEntry {
  to: string
  /** The title of the page. */
  page: string
  /** Of the section; that of the page at its beginning. */
  heading: string
  text: string
}

/** In the HTML of a guide: where the address of this server goes, so that samples work when pasted. */
export const originMark = '%ORIGIN%'
