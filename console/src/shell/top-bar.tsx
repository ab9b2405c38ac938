import {
  ActionIcon,
  Anchor,
  Box,
  Burger,
  Button,
  Group,
  Menu,
  Tooltip,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Link, NavLink, useLocation } from 'react-router'
import { comserv } from '../api/client.ts'
import { t } from '../i18n/t.ts'
import { word } from '../i18n/words.ts'
import { Icon } from '../parts/icon.tsx'
import { leave, useSession } from '../session/use-session.ts'
import { siteName } from '../site.ts'
import iconUrl from './icon.svg'
import { LanguageItems } from './languages.tsx'
import './top-bar.css'

export const topBarPx = 56

const sections = [
  { to: '/docs/quick-start', within: '/docs/', label: t('Guides') },
  { to: '/docs/reference', within: '/docs/reference', label: t('Reference') },
  { to: '/console', within: '/console', label: t('Admin') },
] as const

/** The same on every page: where you are, who you are, light or dark. */
export function TopBar({
  burger,
  notices,
  search,
}: Partial<Record<'burger' | 'notices' | 'search', ReactNode>>) {
  return (
    <Group h={topBarPx} px="md" justify="space-between" wrap="nowrap" gap="xs" className="top-bar">
      <Group gap="md" wrap="nowrap" miw={0}>
        {burger}
        <Anchor component={Link} to="/" className="brand" underline="never" aria-label={siteName}>
          <img src={iconUrl} alt="" width={26} height={26} />
          <span>{siteName}</span>
        </Anchor>
        <nav aria-label={t('Site')} className="site-nav">
          {sections.map((section) => (
            <TopLink key={section.to} {...section} />
          ))}
        </nav>
      </Group>
      {notices}
      <Group gap="xs" wrap="nowrap" flex="none" ml="auto" className="top-end">
        {search}
        <ThemeSwitch />
        <Who />
      </Group>
    </Group>
  )
}

/** The same links where the bar has no room for them. */
export function SiteMenu() {
  return (
    <Menu position="bottom-start" width={200}>
      <Menu.Target>
        <Burger hiddenFrom="xs" size="sm" aria-label={t('Open the menu')} />
      </Menu.Target>
      <Menu.Dropdown>
        {sections.map(({ to, label }) => (
          <Menu.Item key={to} component={Link} to={to}>
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}

function TopLink({ to, within, label }: (typeof sections)[number]) {
  const { pathname } = useLocation()
  // Guides and reference share a path prefix: the longer match counts.
  const isReference = pathname.startsWith('/docs/reference')
  const isHere = pathname.startsWith(within) && isReference === (within === '/docs/reference')
  return (
    <NavLink to={to} className="top-link" data-here={isHere || undefined}>
      {label}
    </NavLink>
  )
}

export function useTheme() {
  const { setColorScheme } = useMantineColorScheme()
  const now = useComputedColorScheme('light', { getInitialValueInEffect: false })
  const other = now === 'light' ? 'dark' : 'light'
  return { now, other, change: () => setColorScheme(other) }
}

function ThemeSwitch() {
  const { other, change } = useTheme()
  return (
    <Tooltip label={other === 'dark' ? t('Switch to dark') : t('Switch to light')}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        className="quiet-icon theme-switch"
        aria-label={other === 'dark' ? t('Switch to the dark theme') : t('Switch to the light theme')}
        onClick={change}
      >
        {/* Both, because a prerendered page does not know the theme. */}
        <Box component="span" className="theme-icon" darkHidden>
          <Icon name="moon" />
        </Box>
        <Box component="span" className="theme-icon" lightHidden>
          <Icon name="sun" />
        </Box>
      </ActionIcon>
    </Tooltip>
  )
}

function Who() {
  const session = useSession()
  const { pathname, search } = useLocation()
  if (session === undefined) return null
  if (session) return <PersonMenu username={session.user.username} role={session.user.role} />
  if (['/sign-in', '/setup', '/new-password'].includes(pathname)) return null
  const next = pathname === '/' ? '/console' : pathname + search
  return (
    <>
      {/* The home page of the documentation greets on its own. */}
      {pathname !== '/' && <span className="welcome">{t('Welcome, guest')}</span>}
      <Button component={Link} to={`/sign-in?${new URLSearchParams({ next })}`} size="xs">
        {t('Sign in')}
      </Button>
    </>
  )
}

function PersonMenu({ username, role }: { username: string; role: string }) {
  const { other, change } = useTheme()
  const signOut = useMutation({ mutationFn: () => comserv.session.signOut(), onSettled: leave })
  return (
    <Menu position="bottom-end" width={200}>
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          className="quiet-icon person"
          leftSection={<Icon name="account" />}
          loading={signOut.isPending}
          aria-label={t('Signed in as {{username}}', { username })}
        >
          <bdi>{username}</bdi>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <bdi className="person-name">{username}</bdi>
          <span className="block">{word(role)}</span>
        </Menu.Label>
        <Menu.Item component={Link} to="/console/account">
          {t('My account')}
        </Menu.Item>
        <Menu.Item onClick={change}>
          {other === 'dark' ? t('Switch to dark') : t('Switch to light')}
        </Menu.Item>
        <LanguageItems />
        <Menu.Item onClick={() => signOut.mutate()}>{t('Sign out')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
