import './skip-link.css'

/** The first stop of the keyboard: past what is the same on every page. */
export function SkipLink() {
  return (
    <a className="skip-link" href="#main">
      To the content
    </a>
  )
}
