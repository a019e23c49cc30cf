package io.specoffload.io;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import org.jspecify.annotations.Nullable;

/**
 * By what a file is known again: as long as none of it changes, bytes read at different times belong together.
 *
 * @param size bytes
 * @param modified time of the last modification
 * @param key the file system's own name of the file (device and inode), or null where it has none
 */
record FileIdentity(long size, FileTime modified, @Nullable Object key) {

    static FileIdentity of(Path path) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
        return new FileIdentity(attributes.size(), attributes.lastModifiedTime(), attributes.fileKey());
    }

    /** How {@code now} differs, in words. */
    String difference(FileIdentity now) {
        if (now.size != size) {
            return "its size was " + size + " bytes and is " + now.size;
        }
        return now.modified.equals(modified) ? "it was replaced by another file" : "it was modified at " + now.modified;
    }
}
