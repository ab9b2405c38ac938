import '@mantine/core/styles.css'
import '../styles.css'
import '../print.css'
import '../docs/docs.css'
import '../docs/guide.css'
import '../docs/guide-text.css'
import '../docs/code.css'
import '../docs/sample-tabs.css'
import '../docs/neighbours.css'
import '../docs/search/search.css'
import '../docs/reference/operation.css'
import '../docs/reference/reference.css'
import '../docs/reference/try-it.css'
import '../parts/facts.css'
import '../parts/warning.css'
import '../shell/nav.css'
import '../shell/page.css'
import '../shell/skip-link.css'
import '../shell/top-bar.css'
import { wasSignedIn } from '../session/ended-session.ts'
import { enhanceGuide } from './guide.ts'
import { enhanceMenu } from './menu.ts'
import { enhanceReference } from './reference.ts'
import { enhanceSearch } from './search-opener.ts'
import { enhanceTheme } from './theme.ts'

/**
 * A page of text is complete as HTML; this adds what needs a script, without React. Readers who are signed in get the
 * console's application on the same address, with their name in the bar.
 */
enhanceTheme()
enhanceMenu()
enhanceSearch()
enhanceGuide()
enhanceReference()
if (wasSignedIn()) void import('../start.ts').then(({ start }) => start())
