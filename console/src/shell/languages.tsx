import { Menu, UnstyledButton } from '@mantine/core'
import { Fragment } from 'react'
import { keepInput } from '../form/kept-input.ts'
import { language, languages, nameOfLanguage, rememberLanguage } from '../i18n/language.ts'
import { t } from '../i18n/t.ts'
import './languages.css'

/** `English · Deutsch`, on the pages that need no sign-in. */
export function Languages() {
  return (
    <nav className="languages" aria-label={t('Language')}>
      {languages.map((one, i) => (
        <Fragment key={one}>
          {i > 0 && <span aria-hidden="true">·</span>}
          <UnstyledButton
            lang={one}
            aria-current={one === language}
            className="language"
            onClick={() => choose(one)}
          >
            {nameOfLanguage(one)}
          </UnstyledButton>
        </Fragment>
      ))}
    </nav>
  )
}

/** The other languages, in the menu of the account. */
export function LanguageItems() {
  return languages
    .filter((one) => one !== language)
    .map((one) => (
      <Menu.Item key={one} lang={one} onClick={() => choose(one)}>
        {nameOfLanguage(one)}
      </Menu.Item>
    ))
}

/** By a full page load, because the constants of modules hold words, too. Input of forms is kept. */
function choose(one: string): void {
  if (one === language) return
  rememberLanguage(one)
  keepInput()
  location.reload()
}
