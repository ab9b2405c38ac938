import { guides } from 'virtual:guides'
import { Link } from 'react-router'
import { Page } from '../shell/page.tsx'
import { isPrerendered } from '../site.ts'
import { contentsPath, pathOf } from './chapters.ts'
import './guide-text.css'

/** The server sends this with status 404, too. */
export function NoSuchPage() {
  return (
    <Page title="There is no such page">
      <div className="guide-text">
        <p>The documentation has no page at this address. It may be mistyped, or the page may have moved.</p>
        {/* Pages with a similar address, or nothing; the server writes them. */}
        {isPrerendered && <div>%CLOSEST%</div>}
        <ul>
          <li>
            Start with the <Link to="/">overview</Link> or the <Link to="/docs/quick-start">quick start</Link>
            .
          </li>
          <li>
            Find an endpoint in the <Link to="/docs/reference">API reference</Link>.
          </li>
          <li className="without-script">
            Find a section in the <Link to={contentsPath}>contents</Link>.
          </li>
          <li className="with-script">
            Search all guides and endpoints: press the / key, or choose Search at the top.
          </li>
        </ul>
        <h2>All guides</h2>
        <ul className="all-guides">
          {guides.map(({ name, title }) => (
            <li key={name}>
              <Link to={pathOf(name)}>{title}</Link>
            </li>
          ))}
        </ul>
      </div>
    </Page>
  )
}
