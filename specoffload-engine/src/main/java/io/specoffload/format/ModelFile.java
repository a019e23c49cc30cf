package io.specoffload.format;

import io.specoffload.tensor.Tensor;
import java.util.Collection;
import java.util.Optional;

/**
 * An opened checkpoint: metadata and tensors. The tensors' memory is valid until {@link #close()}; whoever opened the
 * file closes it after the last use of any of them.
 */
public interface ModelFile extends AutoCloseable {

    Metadata metadata();

    /** All tensors in file order, of all parts of a split checkpoint. */
    Collection<Tensor> tensors();

    Optional<Tensor> tensor(String name);

    /** What the file is called, for messages. */
    String name();

    @Override
    void close();
}
