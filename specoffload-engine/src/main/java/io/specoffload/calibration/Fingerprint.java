package io.specoffload.calibration;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/**
 * What measurements hold for: hardware, limits and versions. A measurement made under another one is made again.
 *
 * @param facts names and values, in order of the names
 */
record Fingerprint(Map<String, String> facts) {

    Fingerprint {
        facts = java.util.Collections.unmodifiableMap(new TreeMap<>(facts));
    }

    /** The facts' hash, for a file's name. */
    String hash() {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256").digest(facts.toString().getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }
}
