package io.specoffload.sample;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.tool.annotation.Tool;
import org.springframework.ai.tool.annotation.ToolParam;
import org.springframework.stereotype.Component;

/** What the chat may look up. The data are made up; the names, arguments and results are those of the demo models. */
@Component
class OfficeTools {

    private static final Map<String, OrderStatus> ORDERS = Map.of(
            "48213", new OrderStatus("48213", "shipped", "2027-03-05", "Graz", null),
            "1042", new OrderStatus("1042", "packed", "2027-03-09", "Vienna", null),
            "77120", new OrderStatus("77120", "delivered", null, "Oslo", null));

    /** The answer to a look-up; what is null is left out. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record OrderStatus(
            @Nullable String orderNumber,
            @Nullable String status,
            @Nullable String expectedDate,
            @Nullable String city,
            @Nullable String error) {}

    /** The entries of a day. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Day(
            @Nullable String date,
            @Nullable List<String> entries,
            @Nullable String error) {}

    @Tool(description = "Looks up the status of an order by its number.")
    OrderStatus orderStatus(@ToolParam(description = "The order number") String orderNumber) {
        OrderStatus found = ORDERS.get(orderNumber.strip());
        return found != null ? found : new OrderStatus(null, null, null, null, "not found");
    }

    @Tool(description = "Lists the calendar entries of one day.")
    Day calendar(@ToolParam(description = "The day as YYYY-MM-DD") String date) {
        try {
            DayOfWeek weekday = LocalDate.parse(date.strip()).getDayOfWeek();
            return new Day(date, entries(weekday), null);
        } catch (DateTimeException e) {
            return new Day(null, null, "not found");
        }
    }

    private static List<String> entries(DayOfWeek weekday) {
        return switch (weekday) {
            case MONDAY -> List.of("09:00 Meeting with Jonas Weber");
            case WEDNESDAY -> List.of("10:00 Call with Anna Keller", "14:30 Visit of Maria Rossi");
            case FRIDAY -> List.of("12:15 Lunch with Paul Novak");
            default -> List.of();
        };
    }
}
