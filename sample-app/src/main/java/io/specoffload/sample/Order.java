package io.specoffload.sample;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import io.swagger.v3.oas.annotations.media.Schema;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An order as the demo models write it: their JSON has these keys in this order, and null for what the text does not
 * say. The JSON schema that constrains the answer is made from this record.
 *
 * @param kind always "order"
 * @param customer company or person who orders
 * @param items one entry per ordered item, in the order of the text
 * @param currency ISO 4217 code
 * @param deliveryDate when to deliver
 * @param city where to deliver
 */
@JsonPropertyOrder({"kind", "customer", "items", "currency", "deliveryDate", "city"})
public record Order(
        @Schema(allowableValues = "order") String kind,
        @Schema(nullable = true) @Nullable String customer,
        List<Item> items,
        @Schema(nullable = true) @Nullable String currency,
        @Schema(nullable = true) @Nullable LocalDate deliveryDate,
        @Schema(nullable = true) @Nullable String city) {

    /**
     * An ordered item.
     *
     * @param name as written
     * @param quantity pieces
     * @param price price of one piece
     */
    @JsonPropertyOrder({"name", "quantity", "price"})
    public record Item(
            String name,
            int quantity,
            @Schema(nullable = true) @Nullable BigDecimal price) {}
}
