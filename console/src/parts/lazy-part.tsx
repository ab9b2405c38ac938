import { Text } from '@mantine/core'
import { type ComponentType, type ReactNode, useEffect, useState } from 'react'
import { t } from '../i18n/t.ts'
import { lookForNewVersion } from '../shell/new-version.ts'

/**
 * A part of a page in its own file, loaded when first shown. `React.lazy` would throw if the file cannot be
 * loaded, and fail the whole page; this shows the error in place.
 * @param waiting shown until the file is loaded
 */
export function lazyPart<P extends object>(
  load: () => Promise<ComponentType<P>>,
  waiting: ReactNode = null,
): ComponentType<P> {
  let Loaded: ComponentType<P> | undefined
  return function LazyPart(props: P) {
    const [state, setState] = useState(Loaded ? 'loaded' : 'loading')
    useEffect(() => {
      if (Loaded) return
      let isMounted = true
      load().then(
        (component) => {
          Loaded = component
          if (isMounted) setState('loaded')
        },
        () => {
          // An update of the server removes the files of the version before.
          void lookForNewVersion()
          if (isMounted) setState('failed')
        },
      )
      return () => {
        isMounted = false
      }
    }, [])
    if (Loaded) return <Loaded {...props} />
    if (state === 'failed')
      return (
        <Text size="sm" c="dimmed" role="status">
          {t('This part of the page could not be loaded. Reload the page to try again.')}
        </Text>
      )
    return waiting
  }
}
