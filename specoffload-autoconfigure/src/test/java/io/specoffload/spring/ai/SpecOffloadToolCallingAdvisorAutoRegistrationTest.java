package io.specoffload.spring.ai;

import io.specoffload.spring.testing.ScriptedEngine;
import io.specoffload.spring.testing.WeatherScript;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.test.chat.client.advisor.AbstractToolCallingAdvisorAutoRegistrationIT;

/** Spring AI's own acceptance suite for tool calling where ChatClient adds the advisor. */
class SpecOffloadToolCallingAdvisorAutoRegistrationTest extends AbstractToolCallingAdvisorAutoRegistrationIT {

    @Override
    protected ChatModel getChatModel() {
        return SpecOffloadChatModel.builder(new ScriptedEngine(new WeatherScript()))
                .build();
    }
}
