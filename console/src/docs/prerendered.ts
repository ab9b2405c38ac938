/** A page of the documentation as HTML, made when the site is built. */
export interface Prerendered {
  path: string
  /** Pages of text need no application; those of the reference send requests. */
  kind: 'text' | 'reference'
  title: string
  html: string
}
