"""The chat template in Python: the same text as chat_template.jinja yields."""

import json


def tojson(value):
    return json.dumps(value, ensure_ascii=False)


def render(messages, tools=None, add_generation_prompt=False):
    out = []
    has_system = messages[0]["role"] == "system"
    if tools or has_system:
        out.append("<|im_start|>system\n")
        if has_system:
            out.append(messages[0]["content"] + ("\n\n" if tools else ""))
        if tools:
            out.append("Tools:")
            for tool in tools:
                f = tool["function"]
                out.append("\n" + f["name"] + ": " + f.get("description", "") + " " + tojson(f["parameters"]))
        out.append("<|im_end|>\n")
    for i, m in enumerate(messages):
        if m["role"] == "tool":
            out.append("<|im_start|>tool\n<tool_response>\n" + m["content"] + "\n</tool_response><|im_end|>\n")
        elif m["role"] != "system" or i > 0:
            out.append("<|im_start|>" + m["role"] + "\n" + (m.get("content") or ""))
            calls = m.get("tool_calls")
            if calls:
                if m.get("content"):
                    out.append("\n")
                texts = []
                for c in calls:
                    args = c["function"]["arguments"]
                    texts.append("<tool_call>\n{\"name\": \"" + c["function"]["name"] + "\", \"arguments\": "
                                 + (args if isinstance(args, str) else tojson(args)) + "}\n</tool_call>")
                out.append("\n".join(texts))
            out.append("<|im_end|>\n")
    if add_generation_prompt:
        out.append("<|im_start|>assistant\n")
    return "".join(out)
