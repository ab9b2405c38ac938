<?php

declare(strict_types=1);

namespace Comserv\Internal;

/**
 * Traces contain the arguments of every call, keys and passwords included, unless PHP is configured otherwise.
 * Exceptions of this package have a trace without arguments, whatever the configuration.
 *
 * @internal
 */
final class Trace
{
    public static function dropArguments(\Exception $exception): void
    {
        $frames = [];
        /** @var array<string, mixed> $frame */
        foreach ($exception->getTrace() as $frame) {
            unset($frame['args']);
            $frames[] = $frame;
        }
        (new \ReflectionProperty(\Exception::class, 'trace'))->setValue($exception, $frames);
    }
}
