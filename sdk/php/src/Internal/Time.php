<?php

declare(strict_types=1);

namespace Comserv\Internal;

/**
 * Times in the format of the API: RFC 3339 in UTC.
 *
 * @internal
 */
final class Time
{
    private const AS_ANSWERED = '!Y-m-d\TH:i:s\Z';

    private static ?\DateTimeZone $utc = null;
    private static string $lastText = '';
    private static ?\DateTimeImmutable $last = null;

    /** @return \DateTimeImmutable|null null if the text is not a time */
    public static function parse(string $text): ?\DateTimeImmutable
    {
        // A record that was never changed has the same time twice.
        if ($text === self::$lastText) {
            return self::$last;
        }
        self::$lastText = $text;
        return self::$last = self::read($text);
    }

    private static function read(string $text): ?\DateTimeImmutable
    {
        // Twenty times as fast as the constructor, which guesses; a page has up to a hundred.
        $instant = \DateTimeImmutable::createFromFormat(self::AS_ANSWERED, $text, self::utc());
        if ($instant !== false) {
            return $instant;
        }
        // The constructor would also read 'tomorrow'.
        if (preg_match('/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/D', $text) !== 1) {
            return null;
        }
        try {
            return (new \DateTimeImmutable($text))->setTimezone(self::utc());
        } catch (\Exception) {
            return null;
        }
    }

    public static function format(\DateTimeInterface $instant): string
    {
        $utc = \DateTimeImmutable::createFromInterface($instant)->setTimezone(self::utc());
        return $utc->format($utc->format('u') === '000000' ? 'Y-m-d\TH:i:s\Z' : 'Y-m-d\TH:i:s.v\Z');
    }

    private static function utc(): \DateTimeZone
    {
        return self::$utc ??= new \DateTimeZone('UTC');
    }
}
