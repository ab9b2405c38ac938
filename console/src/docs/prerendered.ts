/** A page of the documentation as HTML, made when the site is built. */
export interface Prerendered {
  path: string
  title: string
  html: string
}
