import { Anchor, Text } from '@mantine/core'
import type { HookWithSecret } from 'comserv'
import { Link } from 'react-router'
import { rich } from '../i18n/rich.ts'
import { t } from '../i18n/t.ts'
import { ShownOnce } from '../parts/shown-once.tsx'

export function HookSecret({ hook, onDone }: { hook: HookWithSecret; onDone(): void }) {
  return (
    <ShownOnce
      values={{ secret: hook.secret }}
      advice={t(
        'Copy it into the settings of the receiver before you leave this page. The receiver uses it to verify that requests come from this server.',
      )}
      onDone={onDone}
    >
      <Text size="sm">
        {rich('<link>How a receiver verifies a call and responds</link>, in JavaScript, Python and PHP.', {
          link: <Anchor component={Link} to="/docs/hooks#receive" target="_blank" />,
        })}
      </Text>
    </ShownOnce>
  )
}
