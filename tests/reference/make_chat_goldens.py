#!/usr/bin/env python3
"""Writes tests/golden/chat: what transformers and sentence-transformers make of chat templates.

  rendered.json   templates (tests/reference/chat_templates, and some written here) and their renderings by
                  transformers' render_jinja_template
  encoded.json    directories (a small random model of tests/golden/models with other files written over it), texts,
                  prompts, and the ids and vectors that sentence-transformers gives: chat templates, do_lower_case, and
                  the padding token in a text

    python tests/reference/make_chat_goldens.py

Needs requirements-reference.txt."""
import json
import pathlib
import shutil
import tempfile

import torch
from sentence_transformers import SentenceTransformer
from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers, processors
from transformers.utils import logging
from transformers.utils.chat_template_utils import render_jinja_template

logging.set_verbosity_error()
HERE = pathlib.Path(__file__).parent
OUTPUT = HERE.parent / "golden" / "chat"
SMALL = HERE.parent / "golden" / "models"

TEMPLATES = {
    # The constructs of Llama 3's templates.
    "headers": """{{- bos_token }}
{%- if custom_tools is defined %}
    {%- set tools = custom_tools %}
{%- endif %}
{%- if not day is defined %}
    {%- if no_such_function is defined %}
        {%- set day = no_such_function("%d %b %Y") %}
    {%- else %}
        {%- set day = "1 Jan 2000" %}
    {%- endif %}
{%- endif %}
{%- if not tools is defined %}
    {%- set tools = none %}
{%- endif %}

{#- The system message is taken out. #}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}

{{- "<|start|>system<|end_of_header|>\\n\\n" }}
{{- "Today: " + day + "\\n\\n" }}
{{- system_message }}
{{- "<|eot|>" }}
{%- for message in messages %}
    {%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) %}
        {{- '<|start|>' + message['role'] + '<|end_of_header|>\\n\\n'+ message['content'] | trim + '<|eot|>' }}
    {%- elif message.role == "tool" or message.role == "ipython" %}
        {%- if message.content is mapping or message.content is iterable %}
            {{- message.content | tojson }}
        {%- else %}
            {{- message.content }}
        {%- endif %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start|>assistant<|end_of_header|>\\n\\n' }}
{%- endif %}
""",
    # The constructs of Gemma 3's.
    "turns": """{{ bos_token }}
{%- if messages[0]['role'] == 'system' -%}
    {%- if messages[0]['content'] is string -%}
        {%- set first_user_prefix = messages[0]['content'] + '

' -%}
    {%- else -%}
        {%- set first_user_prefix = messages[0]['content'][0]['text'] + '

' -%}
    {%- endif -%}
    {%- set loop_messages = messages[1:] -%}
{%- else -%}
    {%- set first_user_prefix = "" -%}
    {%- set loop_messages = messages -%}
{%- endif -%}
{%- for message in loop_messages -%}
    {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) -%}
        {{ raise_exception("Turns must alternate") }}
    {%- endif -%}
    {%- if (message['role'] == 'assistant') -%}
        {%- set role = "model" -%}
    {%- else -%}
        {%- set role = message['role'] -%}
    {%- endif -%}
    {{ '<turn>' + role + '
' + (first_user_prefix if loop.first else "") }}
    {%- if message['content'] is string -%}
        {{ message['content'] | trim }}
    {%- elif message['content'] is iterable -%}
        {%- for item in message['content'] -%}
            {%- if item['type'] == 'image' -%}
                {{ '<image>' }}
            {%- elif item['type'] == 'text' -%}
                {{ item['text'] | trim }}
            {%- endif -%}
        {%- endfor -%}
    {%- else -%}
        {{ raise_exception("Invalid content type") }}
    {%- endif -%}
    {{ '<end>
' }}
{%- endfor -%}
{%- if add_generation_prompt -%}
    {{'<turn>model
'}}
{%- endif -%}
""",
    # The constructs of Mistral's.
    "instructions": """{%- set today = "2000-01-01" %}
{%- set default_system = "Helpful.\\
The date is " + today + ".\\n" %}
{{- bos_token }}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content'] if messages[0]['content'] is string else messages[0]['content'][0]['text'] %}
    {%- set loop_messages = messages[1:] %}
{%- else %}
    {%- set system_message = default_system %}
    {%- set loop_messages = messages %}
{%- endif %}
{%- set user_messages = loop_messages | selectattr("role", "equalto", "user") | list %}
{%- set ns = namespace(index=0) %}
{%- for message in loop_messages | rejectattr("role", "in", ["tool"]) %}
    {%- if (message["role"] == "user") != (ns.index % 2 == 0) %}
        {{- raise_exception("roles must alternate") }}
    {%- endif %}
    {%- set ns.index = ns.index + 1 %}
{%- endfor %}
{%- for message in loop_messages %}
    {%- if message["role"] == "user" %}
        {%- if loop.last and system_message is defined %}
            {{- "[INST] " + system_message + "\\n\\n" + (message["content"] | string) + "[/INST]" }}
        {%- else %}
            {{- "[INST] " ~ message["content"] ~ "[/INST]" }}
        {%- endif %}
    {%- elif message["role"] == "assistant" %}
        {{- " " + message["content"]|trim + eos_token }}
    {%- endif %}
{%- endfor %}
""",
    "white space": "  {% if 1 %}  \n  a {%- if 1 -%}  b  {%- endif +%}\n c\n   {%+ if 1 %}d\n{% endif %}\n  {# note #}\n\te{{ ' f' }}\n\n  {% endif %}\n{{ 1 -}}  \n  g\r\nh\n",
    "raw": "a{% raw %}\n {{ x }} {% if %} {%- endraw -%}\n b",
    "loops": "{% for a in [1,2,3,4] if a != 2 %}{% if loop.first %}<{% endif %}{{ loop.index }}/{{ loop.length }}:{{ a }},{{ loop.previtem }},{{ loop.nextitem }},{{ loop.revindex }}{% if loop.last %}>{% endif %}{% else %}none{% endfor %}{% for k, v in {'b': 1, 'a': [1, 'x']}.items() %}{{ k }}={{ v }};{% endfor %}{% for x in [] %}{% else %}empty{% endfor %}{% for i in range(9) %}{% if i == 2 %}{% continue %}{% endif %}{% if i > 4 %}{% break %}{% endif %}{{ i }}{% endfor %}{% for c in 'aé中' %}{{ c }}.{% endfor %}{% set x = 1 %}{% for i in range(3) %}{% set x = x + 1 %}{{ x }}{% endfor %}{{ x }}",
    "values": "{{ [1, 2.5, true, none, 'it\\'s', \"a\\nb\", (1,), {'k': 'v\"\\''}] }}|{{ 7 // 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 7 / 2 }} {{ 2 * 'ab' }} {{ 1e3 if false else 1.0 }} {{ 10000000000000000.0 }}|{{ 'a' 'b' }}|{{ '\\u00e9\\x41\\t' }}|{{ ['a', 'b'] + ['c'] }}|{{ 1 < 2 <= 2 }} {{ 'x' in 'xyz' }} {{ 'k' not in {'k': 1} }} {{ not x }}|{{ x }}|{{ '\\u200b' }}{{ ['\\u200b', '\\xa0', '😀'] }}",
    "filters": "{{ ' a b ' | trim }}|{{ [3, 1, 2] | sort | join('-') }}|{{ ['b', 'A'] | sort }}|{{ 'x' | upper }}{{ 'ÀB' | lower }}|{{ 'hello world' | title }} {{ 'hELLO' | capitalize }}|{{ [1, 2] | length }} {{ 'aé' | count }}|{{ x | default('d') }} {{ '' | default('d', true) }}|{{ [1, 2] | first }}{{ [1, 2] | last }}|{{ {'b': 1, 'a': 2} | dictsort }}|{{ [{'n': 1}, {'n': 2}] | map(attribute='n') | list }}|{{ [{'n': 1}, {}] | selectattr('n') | list }}|{{ ['a', 'b'] | map('upper') | join(',') }}|{{ '12' | int + 1 }} {{ 'x' | int }} {{ '1.5' | float }}|{{ {'a': [1, none, true, 'é\"']} | tojson }}|{{ {'a': [1, {}]} | tojson(indent=2) }}|{{ 'a\nb\n\nc' | indent(2) }}|{{ [1, 2, 3] | reverse | list }} {{ 'abc' | reverse }}|{{ 'aXbX' | replace('X', '-') }}|{{ [1, 1, 2] | unique | list }}|{{ -3 | abs }}",
    "methods": "{{ ' a '.strip() }}|{{ 'xxaxx'.strip('x') }}|{{ 'a,b,,c'.split(',') }} {{ ' a  b '.split() }} {{ 'a-b-c'.split('-', 1) }} {{ 'a-b-c'.rsplit('-', 1) }}|{{ 'abc'.startswith('ab') }} {{ 'abc'.endswith(('x', 'c')) }}|{{ 'abc'.find('c') }} {{ 'é-c'.find('c') }}|{{ '-'.join(['a', 'b']) }}|{{ {'a': 1}.get('b', 2) }} {{ {'a': 1}.keys() | list }} {{ {'a': 1}.values() | list }}|{{ 'abcdef'[1:4] }} {{ 'abc'[-1] }} {{ [1, 2, 3][::-1] }} {{ 'a\nb'.splitlines() }}|{{ 'aaa'.replace('a', 'b', 2) }} {{ 'aaa'.count('a') }}|{{ '<think>x</think>y'.split('</think>')[-1].lstrip('\n') }}|{{ 'Ab'.lower() }}{{ 'ab'.upper() }}",
    "macros": "{% macro say(a, b='B', c=none) %}[{{ a }}{{ b }}{{ c }}]{% endmacro %}{{ say(1) }}{{ say('x', c=2) }}{% macro tree(n) %}{{ n }}{% if n > 0 %}{{ tree(n - 1) }}{% endif %}{% endmacro %}{{ tree(3) }}{% set top = 'T' %}{% macro reads() %}{{ top }}{% endmacro %}{{ reads() }}{% set block %}a{{ 1 }}b{% endset %}{{ block }}{% set a, b = 1, 'z' %}{{ a }}{{ b }}",
    "tests": "{% for v in [1, 'a', none, true, [1], {'a': 1}, 1.5] %}{{ v is string }}{{ v is number }}{{ v is mapping }}{{ v is iterable }}{{ v is sequence }}{{ v is none }}{{ v is defined }}{{ v is boolean }}{{ v is integer }}{{ v is true }} {% endfor %}{{ x is defined }} {{ x is not defined }} {{ x is undefined }} {{ 3 is odd }} {{ 4 is divisibleby 2 }} {{ 1 is eq 1 }} {{ 'a' is in ['a'] }} {{ none is not none }}",
    "undefined attribute": "{{ messages[0].nothing }}|{{ messages[0]['nothing'] }}|{{ messages[7] }}",
    "error: attribute of undefined": "{{ nothing.more }}",
    "error: sum of undefined": "{{ 'a' + nothing }}",
    "error: text and number": "{{ 'a' + 1 }}",
    "error: call": "{{ nothing() }}",
    "error: append": "{{ [1].append(2) }}",
    "error: raised": "{{ raise_exception('no') }}",
    "generation": "{% for m in messages %}{% generation %}{{ m.content }}{% endgeneration %}{% endfor %}",
    "content as it is": "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}",
}
TEXTS = ["hello", "  two words\n", "it's \"quoted\" \\ é中😀", "", "<|im_end|>"]


def conversations():
    for text in TEXTS:
        yield [{"role": "user", "content": text}]
    yield [{"role": "system", "content": " Find shoes: "}, {"role": "user", "content": "red\nshoe"}]
    yield [{"role": "user", "content": [{"type": "text", "text": "it's"}]}]
    yield [{"role": "system", "content": [{"type": "text", "text": "Find:"}]},
           {"role": "user", "content": [{"type": "text", "text": " x "}]}]
    yield [{"role": "user", "content": "a"}, {"role": "assistant", "content": "<think>\nb\n</think>\n\nc"},
           {"role": "user", "content": "d"}]
    yield [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}]


def rendered():
    templates = {path.stem: path.read_text() for path in sorted((HERE / "chat_templates").glob("*.jinja"))} | TEMPLATES
    result = []
    for name, source in templates.items():
        cases = []
        fixed = name in ("white space", "raw", "loops", "values", "filters", "methods", "macros", "tests") or name.startswith("error")
        for messages in [next(conversations())] if fixed else conversations():
            for extra in ({},) if fixed else ({}, {"add_generation_prompt": True}):
                variables = {"bos_token": "<s>", "eos_token": "</s>", "messages": messages, "tools": None, "documents": None,
                             "add_generation_prompt": False} | extra
                given = {key: value for key, value in variables.items() if key not in ("messages", "tools", "documents", "add_generation_prompt")}
                case = {"variables": variables}
                try:
                    case["text"] = render_jinja_template([messages], chat_template=source, tools=None, documents=None,
                                                         add_generation_prompt=variables["add_generation_prompt"], **given)[0][0]
                except Exception as error:
                    case["error"] = type(error).__name__
                cases.append(case)
        result.append({"name": name, "source": source, "cases": cases})
    return result


# ---- through sentence-transformers ----

def small_tokenizer():
    """Characters and words of a vocabulary of 101, with the tokens of ChatML."""
    vocab = {"<unk>": 0, "<s>": 1, "</s>": 2, "<|im_start|>": 3, "<|im_end|>": 4}
    for token in list("abcdefghijklmnopqrstuvwxyz0123456789.,:'[]{}\n") + ["user", "system", "assistant", "find", "shoes", "red"]:
        vocab.setdefault(token, len(vocab))
    assert len(vocab) <= 101
    tokenizer = Tokenizer(models.WordLevel(vocab, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A </s>", pair="<s> $A </s> $B </s>", special_tokens=[("<s>", 1), ("</s>", 2)])
    tokenizer.add_special_tokens([AddedToken(t, normalized=False) for t in ("<s>", "</s>", "<|im_start|>", "<|im_end|>")])
    return json.loads(tokenizer.to_str())


CHATML = "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>' + '\n' }}{% endfor %}{{ '<|im_start|> assistant' }}"
PARTS = "{% for m in messages %}<|im_start|>{{ m.role }} {% for part in m.content %}{% if part.type == 'text' %}{{ part.text }}{% endif %}{% endfor %}<|im_end|>{% endfor %}{{ eos_token }}"
TEXT_CONFIG = {"method": "forward", "method_output_name": "last_hidden_state"}


def saved(modality, pooling="mean", **settings):
    return {
        "modules.json": [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.base.modules.transformer.Transformer"},
                         {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.sentence_transformer.modules.pooling.Pooling"}],
        "1_Pooling/config.json": {"embedding_dimension": 60, "pooling_mode": pooling, "include_prompt": False},
        "config_sentence_transformers.json": {"model_type": "SentenceTransformer", "prompts": {"query": "find shoes: ", "document": ""}},
        "sentence_bert_config.json": {"transformer_task": "feature-extraction", "modality_config": modality,
                                      "module_output_name": "token_embeddings"} | settings,
    }


def directories():
    tokens = {"tokenizer.json": small_tokenizer()}
    names = {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "</s>"}

    def config(**fields):
        return {"tokenizer_config.json": names | fields}

    plain = {"text": TEXT_CONFIG}
    flat = plain | {"message": TEXT_CONFIG | {"format": "flat"}}
    structured = plain | {"message": TEXT_CONFIG | {"format": "structured"}}
    yield "plain directory, template in the configuration", tokens | config(chat_template=CHATML)
    yield "plain directory, template in a file that wins", tokens | config(chat_template="x") | {"chat_template.jinja": CHATML}
    yield "plain directory, named templates", tokens | config(chat_template=[{"name": "default", "template": PARTS}, {"name": "tool_use", "template": "t"}])
    yield "plain directory, parts", tokens | config(chat_template=PARTS)
    yield "plain directory, cut on the right", tokens | config(chat_template=CHATML, model_max_length=12)
    yield "plain directory, cut on the left", tokens | config(chat_template=CHATML, model_max_length=12, truncation_side="left")
    yield "plain directory, no template", tokens | config()
    yield "saved, older: not wrapped", tokens | config(chat_template=CHATML) | {
        **saved(plain), "sentence_bert_config.json": {"max_seq_length": 20, "do_lower_case": False}}
    yield "saved, text only", tokens | config(chat_template=CHATML) | saved(plain, max_seq_length=14)
    yield "saved, flat", tokens | config(chat_template=CHATML) | saved(flat, max_seq_length=14)
    yield "saved, flat, last token", tokens | config(chat_template=CHATML) | saved(flat, "lasttoken", max_seq_length=11)
    yield "saved, structured in a flat template", tokens | config(chat_template=CHATML.replace("m['content']", "(m['content'] | string)")) | saved(structured)
    yield "saved, with a generation prompt", tokens | config(chat_template=CHATML + "{% if add_generation_prompt %}red{% endif %}{{ extra }}") | saved(
        flat, processing_kwargs={"chat_template": {"add_generation_prompt": True, "extra": "shoes"}})
    yield "saved, suffix not restored", tokens | config(chat_template=CHATML) | saved(
        flat, "lasttoken", max_seq_length=11, processing_kwargs={"chat_template": {"restore_suffix": False}})


LOWER = ["RED Shoes <s> FIND", "İ I ı ΑΣ ΣΑΣ Σ ẞ ß", "<S> </S> A", "<|IM_END|> X"]
PADS = ["red <pad> shoes", "<pad>", "<pad> <pad> a <pad> b c", "a b", ""]


def small_models():
    """(name, model of tests/golden/models, files, texts)"""
    chat_texts = ["red shoes", "", "a b c d e f g h i j k l m n o p", "it's <|im_end|> <s> 7", "  x  "]
    for name, files in directories():
        yield name, "qwen3", files, chat_texts
    names = {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "</s>"}
    lower = small_tokenizer()
    for token in ("i̇", "ας", "σας", "ασ", "σασ", "σ", "ς", "ss", "ß", "ı"):
        lower["model"]["vocab"].setdefault(token, len(lower["model"]["vocab"]))
    older = saved({"text": TEXT_CONFIG}) | {"sentence_bert_config.json": {"max_seq_length": 20, "do_lower_case": True}}
    yield "do_lower_case", "qwen3", {"tokenizer.json": lower, "tokenizer_config.json": names} | older, LOWER
    has_lower = json.loads(json.dumps(lower))
    has_lower["normalizer"] = {"type": "Sequence", "normalizers": [{"type": "NFKC"}, {"type": "Lowercase"}]}
    yield "do_lower_case where the tokenizer has it", "qwen3", {"tokenizer.json": has_lower, "tokenizer_config.json": names} | older, LOWER
    pads = small_tokenizer()
    vocab = pads["model"]["vocab"]
    vocab["<pad>"], vocab["<s>"] = 1, vocab["red"]
    vocab["red"] = 100
    pads["added_tokens"] = [{**token, "id": vocab[token["content"]]} for token in pads["added_tokens"]]
    pads["added_tokens"].append({**pads["added_tokens"][0], "id": 1, "content": "<pad>"})
    pads["post_processor"]["special_tokens"]["<s>"]["ids"] = [vocab["<s>"]]
    for model in ("roberta", "xlm-roberta", "mpnet", "bert-gelu"):
        config = names | {"pad_token": "<pad>", "model_max_length": 12}
        yield f"<pad> in a text, {model}", model, {"tokenizer.json": pads, "tokenizer_config.json": config}, PADS


def encoded():
    result = []
    for name, base, files, texts in small_models():
        with tempfile.TemporaryDirectory() as temporary:
            folder = pathlib.Path(temporary) / "model"
            shutil.copytree(SMALL / base, folder, ignore=shutil.ignore_patterns("golden.safetensors", "tokenizer.json"))
            for path, content in files.items():
                (folder / path).parent.mkdir(exist_ok=True)
                (folder / path).write_text(content if isinstance(content, str) else json.dumps(content))
            model = SentenceTransformer(str(folder), device="cpu", model_kwargs={"dtype": torch.float32})
            case = {"name": name, "model": base, "files": files, "texts": texts, "prompts": []}
            for prompt in ("", "find shoes: "):
                vectors, ids = [], []
                for text in texts:
                    ids.append(model[0].preprocess([text], prompt=prompt or None)["input_ids"][0].tolist())
                    vectors.append([round(float(x), 6) for x in model.encode(text, prompt=prompt or None)])
                case["prompts"].append({"prompt": prompt, "ids": ids, "vectors": vectors})
            result.append(case)
    return result


def write(name, value):
    OUTPUT.mkdir(exist_ok=True)
    (OUTPUT / name).write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n")
    print(name, (OUTPUT / name).stat().st_size)


write("rendered.json", rendered())
write("encoded.json", encoded())
