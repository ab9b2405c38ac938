import { Link } from 'react-router'
import { Page } from '../shell/page.tsx'
import './guide-text.css'

/** The server sends this with status 404, too. */
export function NoSuchPage() {
  return (
    <Page title="There is no such page">
      <div className="guide-text">
        <p>The documentation has no page at this address. It may be mistyped, or the page may have moved.</p>
        <ul>
          <li>
            Start with the <Link to="/">overview</Link> or the <Link to="/docs/quick-start">quick start</Link>
            .
          </li>
          <li>
            Find an endpoint in the <Link to="/docs/reference">API reference</Link>.
          </li>
          <li>Search all guides and endpoints: press the / key, or choose Search at the top.</li>
        </ul>
      </div>
    </Page>
  )
}
