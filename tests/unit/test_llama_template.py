"""Chat templates of several families: what they can do is found out, what they lack is done around them, and nothing said changes later."""

from __future__ import annotations

import datetime
import itertools

import pytest

from models.llama.call_shape import HERMES, CallShape, find_call_shape
from models.llama.template import ChatTemplate, TemplateError

PLAIN = (
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
QWEN = (
    "{%- if tools %}{{- '<|im_start|>system\n' }}{%- if messages[0].role == 'system' %}{{- messages[0].content }}{%- endif %}{{- '<tools>' }}"
    "{%- for tool in tools %}{{- '\n' }}{{- tool | tojson }}{%- endfor %}{{- '\n</tools><|im_end|>\n' }}"
    "{%- elif messages[0].role == 'system' %}{{- '<|im_start|>system\n' + messages[0].content + '<|im_end|>\n' }}{%- endif %}"
    "{%- for m in messages %}{%- if m.role == 'user' or (m.role == 'assistant' and not m.tool_calls) %}{{- '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}"
    "{%- elif m.role == 'assistant' %}{{- '<|im_start|>assistant' }}{%- if m.content %}{{- '\n' + m.content }}{%- endif %}"
    "{%- for call in m.tool_calls %}{{- '\n<tool_call>\n{\"name\": \"' + call.function.name + '\", \"arguments\": ' }}{{- call.function.arguments | tojson }}{{- '}\n</tool_call>' }}"
    "{%- endfor %}{{- '<|im_end|>\n' }}"
    "{%- elif m.role == 'tool' %}{%- if messages[loop.index0 - 1].role != 'tool' %}{{- '<|im_start|>user' }}{%- endif %}{{- '\n<tool_response>\n' + m.content + '\n</tool_response>' }}"
    "{%- if loop.last or messages[loop.index0 + 1].role != 'tool' %}{{- '<|im_end|>\n' }}{%- endif %}{%- endif %}{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\n' }}{%- endif %}"
)
UNDEFINED = (  # breaks where tools are None
    "{% if tools is defined %}{% for tool in tools %}{{ '<|tool|>' + (tool['function'] | tojson) + '<|/tool|>' }}{% endfor %}{% endif %}"
    "{% for m in messages %}{% if m.role == 'tool' %}{{ '<|tool_response|>' + (m.content | tojson) + '<|end|>' }}{% else %}{{ '<|' + m.role + '|>' + m.content }}"
    "{% for call in m.tool_calls %}{{ '<|tool_call|>' + (call['function'] | tojson) + '<|/tool_call|>' }}{% endfor %}{{ '<|end|>' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)
NINE = (  # ids of nine letters in the calls, roles that alternate
    "{{ bos_token }}{% set ns = namespace(last='assistant') %}{% if tools %}{{ '[AVAILABLE_TOOLS] ' + (tools | tojson) + '[/AVAILABLE_TOOLS]' }}{% endif %}"
    "{% for m in messages %}{% if m.role == 'user' %}{% if ns.last == 'user' %}{{ raise_exception('roles must alternate') }}{% endif %}{{ '[INST]' + m.content + '[/INST]' }}"
    "{% elif m.tool_calls %}{{ '[TOOL_CALLS] [' }}{% for call in m.tool_calls %}{% if call.id | length != 9 %}{{ raise_exception('ids have nine letters') }}{% endif %}"
    "{{ (call.function | tojson)[:-1] + ', \"id\": \"' + call.id + '\"}' }}{% if not loop.last %}{{ ', ' }}{% endif %}{% endfor %}{{ ']' + eos_token }}"
    "{% elif m.role == 'tool' %}{{ '[TOOL_RESULTS] ' + m.content + '[/TOOL_RESULTS]' }}{% elif m.role == 'assistant' %}{{ m.content + eos_token }}"
    "{% else %}{{ raise_exception('no system here') }}{% endif %}{% set ns.last = m.role %}{% endfor %}"
)
TOOL = {"type": "function", "function": {"name": "files_read", "description": "Reads.", "parameters": {"type": "object", "properties": {"path": {"type": "string"}}}}}
RULES, ASKED = {"role": "system", "content": "Be brief."}, {"role": "user", "content": "What is in ä.md?"}
CALLED = {"role": "assistant", "content": "", "tool_calls": [{"id": "abcdefgh1", "type": "function", "function": {"name": "files_read", "arguments": {"path": "ä.md"}}}]}
RESULT = {"role": "tool", "content": "a shopping list", "tool_call_id": "abcdefgh1", "name": "files_read"}
LOOP = [RULES, ASKED, CALLED, RESULT, {"role": "assistant", "content": "A list."}, {"role": "user", "content": "Thanks."}]


@pytest.mark.parametrize("source", [PLAIN, QWEN, UNDEFINED, NINE, ""])
def test_everything_said_is_in_the_prompt_and_stays_where_it_was(source: str) -> None:
    template = ChatTemplate(source, "<s>", "</s>")
    texts = [template.render(LOOP[:count], [TOOL]) for count in (2, 4, 6)]
    for word in ("Be brief.", "ä.md?", '{"path": "ä.md"}', "a shopping list", "A list.", "Thanks."):
        assert word in texts[-1]
    assert texts[1].startswith(texts[0]) and texts[2].startswith(texts[1]), "each prompt goes on where the last one ended"
    assert '"description": "Reads."' in texts[0]


@pytest.mark.parametrize(("source", "native"), [(PLAIN, False), (QWEN, True), (UNDEFINED, True), (NINE, True)])
def test_what_a_template_can_do_is_found_by_trying(source: str, native: bool) -> None:
    assert ChatTemplate(source, "<s>", "</s>").traits.native is native


def test_where_a_template_knows_no_tools_they_are_told_in_the_way_of_hermes() -> None:
    text = ChatTemplate(PLAIN).render(LOOP, [TOOL])
    assert text.startswith("<|im_start|>system\nBe brief.\n\n# Tools") and '<tools>\n{"type": "function"' in text
    assert '<|im_start|>assistant\n<tool_call>\n{"name": "files_read", "arguments": {"path": "ä.md"}}\n</tool_call><|im_end|>' in text
    assert "<|im_start|>user\n<tool_response>\na shopping list\n</tool_response><|im_end|>" in text


def test_how_calls_are_written_is_found_by_looking() -> None:
    shape = CallShape("<tool_call>", '\n{"name": "', '", "arguments": ', ("}\n</tool_call>",), "\n")
    assert find_call_shape(ChatTemplate(QWEN), "<|im_end|>") == shape == HERMES
    assert find_call_shape(ChatTemplate(UNDEFINED), "<|end|>") == CallShape("<|tool_call|>", '{"name": "', '", "arguments": ', ("}<|/tool_call|>",), "")
    assert find_call_shape(ChatTemplate(NINE, "<s>", "</s>"), "</s>") == CallShape("[TOOL_CALLS]", ' [{"name": "', '", "arguments": ', (', "id": "', '"}]'), None)


def test_arguments_are_objects_and_content_is_never_none() -> None:
    said = {"role": "assistant", "content": None, "tool_calls": [{"id": "abcdefgh1", "type": "function", "function": {"name": "files_read", "arguments": '{"path": "x"}'}}]}
    text = ChatTemplate(QWEN).render([ASKED, said], [TOOL], reply=False)
    assert '"arguments": {"path": "x"}}' in text and "None" not in text


def test_a_developer_s_and_a_late_system_message_are_heard_by_templates_that_refuse_them() -> None:
    text = ChatTemplate(NINE, "<s>", "</s>").render([{"role": "developer", "content": "Rule."}, ASKED, {"role": "system", "content": "Late."}])
    assert text == "<s>[INST]Rule.\n\nWhat is in ä.md?\n\nLate.[/INST]"


def test_a_template_that_refuses_all_is_told_and_cannot_reach_out() -> None:
    with pytest.raises(TemplateError, match="never"):
        ChatTemplate("{{ raise_exception('never') }}").render([ASKED])
    with pytest.raises(TemplateError):
        ChatTemplate("{{ ''.__class__.__mro__[1].__subclasses__() }}").render([ASKED])


def test_the_date_is_a_day_so_that_prompts_of_one_day_are_alike() -> None:
    moments = itertools.cycle([datetime.datetime(2026, 11, 29, 9, 15, 1), datetime.datetime(2026, 11, 29, 17, 40, 2)])
    template = ChatTemplate("{{ strftime_now('%Y-%m-%d %H:%M:%S') }}{{ messages[0].content }}", now=lambda: next(moments))
    assert template.render([ASKED]) == template.render([ASKED]) == "2026-11-29 00:00:00" + ASKED["content"]
